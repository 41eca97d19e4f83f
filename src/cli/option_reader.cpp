#include "cli/option_reader.h"

#include <algorithm>
#include <sstream>

namespace egressc {
namespace {

namespace po = boost::program_options;
using Words = std::vector<std::string>;

std::string suggestion(std::string_view command, const po::options_description& options, std::string_view wrong) {
  std::vector<std::string> names;
  for (const auto& option : options.options()) names.push_back("--" + option->long_name());
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string_view best = closest(wrong, views);
  return best.empty() ? fmt::format("egressc {} --help lists the options", command)
                      : fmt::format("did you mean {}?", best);
}

}  // namespace

bool wants_help(const Words& arguments) {
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  return std::any_of(arguments.begin(), end, [](const std::string& word) { return word == "--help" || word == "-h"; });
}

std::string help_of(const po::options_description& options) {
  std::ostringstream written;
  written << options;
  const std::string whole = written.str();
  std::string_view text = whole;
  std::string tidied;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (const std::size_t open = line.find(" [ --"); open != line.npos) {
      line.erase(line.find(" ]", open), 2);
      line.replace(open, 3, ", ");
      line.insert(std::min(line.find("  ", open), line.size()), 3, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    if (!line.empty() || !tidied.empty()) tidied += line + '\n';
  }
  return tidied;
}

std::optional<po::variables_map> read_arguments(std::string_view command, const po::options_description& options,
                                                const Words& arguments, Diagnostics& diagnostics) {
  po::options_description all;
  all.add(options).add_options()("input", po::value<Words>());
  po::positional_options_description positional;
  positional.add("input", -1);
  po::variables_map values;
  try {
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(arguments).options(all).positional(positional).style(style).run(), values);
  } catch (const po::unknown_option& error) {
    diagnostics.error({}, fmt::format("there is no option {}", error.get_option_name()),
                      suggestion(command, options, error.get_option_name()));
    return std::nullopt;
  } catch (const po::error& error) {
    diagnostics.error({}, error.what(), fmt::format("egressc {} --help lists the options", command));
    return std::nullopt;
  }
  return values;
}

Words OptionReader::list(const char* name) const { return flag(name) ? values_[name].as<Words>() : Words{}; }

std::string OptionReader::text(const char* name) const {
  return flag(name) ? values_[name].as<std::string>() : std::string();
}

}  // namespace egressc
