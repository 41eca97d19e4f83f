#include <fmt/core.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>

#include "cli/flags.h"
#include "model/words/text.h"

namespace egressc::cli {
namespace {

namespace po = boost::program_options;
using Words = std::vector<std::string>;

constexpr unsigned most_columns = 100;
constexpr const char* operands = "input";

std::string help_of(const Flag& flag) { return flag.told != nullptr ? flag.told() : std::string(flag.help); }

template <typename Value>
po::typed_value<Value>* value_of(const Flag& flag) {
  auto* value = po::value<Value>()->value_name(std::string(flag.value));
  if constexpr (std::is_same_v<Value, std::string>)
    if (!flag.alone.empty()) value->implicit_value(std::string(flag.alone));
  return value;
}

void add(const Flag& flag, po::options_description& options) {
  std::string name(flag.name);
  if (flag.letter != 0) name += {',', flag.letter};
  const std::string help = help_of(flag);
  switch (flag.kind) {
    case FlagKind::flag:
      options.add_options()(name.c_str(), help.c_str());
      return;
    case FlagKind::text:
      options.add_options()(name.c_str(), value_of<std::string>(flag), help.c_str());
      return;
    case FlagKind::list:
      options.add_options()(name.c_str(), value_of<Words>(flag), help.c_str());
      return;
  }
}

po::options_description described(const FlagGroup& group, unsigned width, bool with_hidden) {
  po::options_description options(std::string(group.title), width);
  for (const Flag& flag : group.flags)
    if (with_hidden || !flag.hidden) add(flag, options);
  return options;
}

po::options_description described(const CommandLine& line, bool with_hidden) {
  if (line.groups.size() == 1) return described(line.groups.front(), most_columns, with_hidden);
  po::options_description all(most_columns);
  for (const FlagGroup& group : line.groups)
    all.add(described(group, po::options_description::m_default_line_length, with_hidden));
  return all;
}

// "-o [ --output ]" as "-o, --output", and no blanks at the ends of lines.
std::string tidied(std::string_view text) {
  std::string tidy;
  while (!text.empty()) {
    std::string line(take_line(text));
    if (const std::size_t open = line.find(" [ --"); open != line.npos) {
      line.erase(line.find(" ]", open), 2);
      line.replace(open, 3, ", ");
      line.insert(std::min(line.find("  ", open), line.size()), 3, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    if (!line.empty() || !tidy.empty()) tidy += line + '\n';
  }
  return tidy;
}

std::string suggestion(const CommandLine& line, std::string_view wrong) {
  Words names;
  for (const FlagGroup& group : line.groups)
    for (const Flag& flag : group.flags) names.push_back(fmt::format("--{}", flag.name));
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string_view best = closest(wrong, views);
  return best.empty() ? fmt::format("egressc {} --help lists the options", line.command)
                      : fmt::format("did you mean {}?", best);
}

Words values_of(const po::variable_value& value) {
  if (const auto* list = boost::any_cast<Words>(&value.value())) return *list;
  if (const auto* text = boost::any_cast<std::string>(&value.value()); text != nullptr) return {*text};
  return {};
}

// What has a value of its own when it is named alone takes one by "=" only: the next word is another word.
Words with_values_of_their_own(const CommandLine& line, Words words) {
  const auto end = std::find(words.begin(), words.end(), "--");
  for (auto word = words.begin(); word != end; ++word)
    if (const Flag* flag = word->starts_with("--") ? line.find(word->substr(2)) : nullptr;
        flag != nullptr && !flag->alone.empty())
      *word += fmt::format("={}", flag->alone);
  return words;
}

}  // namespace

std::optional<Arguments> parse_words(const CommandLine& line, const Words& words, Diagnostics& diagnostics) {
  po::options_description all = described(line, true);
  all.add_options()(operands, po::value<Words>());
  po::positional_options_description positional;
  positional.add(operands, -1);
  po::variables_map values;
  try {
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(with_values_of_their_own(line, words))
                  .options(all)
                  .positional(positional)
                  .style(style)
                  .run(),
              values);
  } catch (const po::unknown_option& error) {
    diagnostics.error({}, fmt::format("there is no option {}", error.get_option_name()),
                      suggestion(line, error.get_option_name()));
    return std::nullopt;
  } catch (const po::error& error) {
    diagnostics.error({}, error.what(), fmt::format("egressc {} --help lists the options", line.command));
    return std::nullopt;
  }
  Arguments arguments;
  for (const auto& [name, value] : values) {
    const Flag* flag = line.find(name);
    Words& given = arguments[flag == nullptr ? std::string() : name];
    if (flag == nullptr || flag->kind != FlagKind::flag) given = values_of(value);
  }
  return arguments;
}

bool stands_among(std::string_view word, const Words& words) {
  const auto end = std::find(words.begin(), words.end(), "--");
  return std::find(words.begin(), end, word) != end;
}

}  // namespace egressc::cli

namespace egressc {

bool wants_help(const std::vector<std::string>& words) {
  return cli::stands_among("--help", words) || cli::stands_among("-h", words);
}

std::string help_text(const CommandLine& line) {
  std::ostringstream options;
  options << cli::described(line, false);
  return line.before + cli::tidied(options.str()) + line.after;
}

}  // namespace egressc
