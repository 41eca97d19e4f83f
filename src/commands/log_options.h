// Options that say how logs are read, for every command that reads some.
#pragma once

#include <boost/program_options.hpp>

#include "commands/command_line.h"
#include "commands/option_reader.h"

namespace egressc {

// --timezone, --year, --boot-time, --map, --passwd, --group, --now and --strict.
void add_log_options(boost::program_options::options_description& options);

// Their values, but for the names, and --since and --until.
void read_log_options(OptionReader& reader, CompileOptions& options);

struct NameTables {
  UserIds users;
  UserIds groups;
};
// --passwd and --group. A Failure if a file cannot be read.
Result<NameTables> read_name_options(const OptionReader& reader, Diagnostics& diagnostics);

}  // namespace egressc
