// What the command lines of all commands have in common.
#pragma once

#include <boost/program_options.hpp>
#include <fmt/core.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/diagnostics.h"

namespace egressc {

// Whether --help or -h stands among the options.
bool wants_help(const std::vector<std::string>& arguments);

// The options as program_options writes them, but "-o [ --output ]" as "-o, --output", and no blanks at the ends of
// lines.
std::string help_of(const boost::program_options::options_description& options);

// What program_options makes of the arguments of `command`; what is no option goes to "input". nullopt: there were
// errors.
std::optional<boost::program_options::variables_map> read_arguments(
    std::string_view command, const boost::program_options::options_description& options,
    const std::vector<std::string>& arguments, Diagnostics& diagnostics);

// Takes typed values out of the arguments. Options that may be repeated were declared as a list of texts, flags without
// a value, all others as a text.
class OptionReader {
 public:
  OptionReader(const boost::program_options::variables_map& values, Diagnostics& diagnostics)
      : values_(values), diagnostics_(diagnostics) {}

  bool flag(const char* name) const { return values_.count(name) != 0; }
  std::vector<std::string> list(const char* name) const;
  std::string text(const char* name) const;

  // `target` from what `parse` makes of the option's text; an error that says what was `expected`.
  template <typename Target, typename Parse>
  void value(const char* name, Target& target, Parse parse, std::string_view expected) {
    if (!flag(name)) return;
    const std::string given = text(name);
    if (const auto parsed = parse(std::string_view(given)))
      target = *parsed;
    else
      wrong(name, given, expected);
  }

  void wrong(const char* name, std::string_view text, std::string_view expected) {
    diagnostics_.error({}, fmt::format("--{} {}: expected {}", name, text, expected));
  }

 private:
  const boost::program_options::variables_map& values_;
  Diagnostics& diagnostics_;
};

}  // namespace egressc
