// The options of every command that reads logs and policies.
#pragma once

#include <boost/program_options.hpp>

#include <optional>

#include "cli/option_reader.h"
#include "egressc/ceiling.h"
#include "egressc/diagnostics.h"
#include "egressc/learn.h"
#include "egressc/policy.h"
#include "egressc/sources.h"

namespace egressc {

struct InputOptions {
  LearnOptions learn;
  ParseContext parse;
  // What the command line says of a policy's settings; a policy file is only overruled where it is said.
  std::optional<Deny> deny;
  std::optional<Mode> mode;
  std::optional<Micros> now;
  Ceiling ceiling;  // of what is learnt, and what policies may say
  UserIds users;
  UserIds groups;
  std::optional<std::size_t> generalize;  // so many siblings become a wildcard
  bool live_names = false;  // of names that reviewed policies grant
  bool strict = false;
  bool allow_empty = false;
  unsigned threads = 0;  // 0: one for each core
};

// What logs become, and how inputs are read.
void add_input_options(boost::program_options::options_description& options);
// The second half alone.
void add_reading_options(boost::program_options::options_description& options);

// Options that were not added are as if they were not given. Wrong values are errors in the reader's diagnostics; a
// Failure if --passwd or --group cannot be read.
Result<InputOptions> read_input_options(OptionReader& reader, Diagnostics& diagnostics);

}  // namespace egressc
