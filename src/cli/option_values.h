// Takes typed values out of the words of a command line.
#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/flags.h"
#include "egressc/diagnostics.h"
#include "egressc/sources.h"
#include "support/terminal.h"

namespace egressc {

// Options that the command does not have are as if they were not given.
class OptionReader {
 public:
  OptionReader(const CommandLine& line, const cli::Arguments& values, Diagnostics& diagnostics)
      : line_(line), values_(values), diagnostics_(diagnostics) {}

  std::string_view command() const { return line_.command; }
  Diagnostics& diagnostics() { return diagnostics_; }

  bool flag(std::string_view name) const { return values_.contains(name); }
  std::vector<std::string> list(std::string_view name) const;
  std::string text(std::string_view name) const;
  // nullopt: it was not given.
  std::optional<std::string> given(std::string_view name) const;
  std::vector<std::string> operands() const { return list(""); }
  // Those that the option takes; the command has it.
  std::vector<std::string> words(std::string_view name) const { return line_.find(name)->words(); }

  // `target` from what `parse` makes of the option's text, which is nullopt for what it does not know; an error that
  // says what was `expected`.
  template <typename Target, typename Parse>
  void value(std::string_view name, Target& target, Parse parse, std::string_view expected) {
    if (!flag(name)) return;
    const std::string word = text(name);
    if (const auto parsed = parse(std::string_view(word)))
      target = *parsed;
    else
      wrong(name, word, expected);
  }

  // One of the option's words, `values` being what they mean, in that order.
  template <typename Target, typename Value>
  void choice(std::string_view name, Target& target, std::initializer_list<Value> values) {
    if (const auto at = choice_of(name)) target = values.begin()[*at];
  }

  // One of the option's words itself.
  void word(std::string_view name, std::string& target);

  void color(ColorMode& target);
  // A time of ISO 8601. Where it tells no zone, it is in that of the offset.
  void time(std::string_view name, std::optional<Micros>& target, int offset_minutes = 0);
  void time(std::string_view name, Micros& target, int offset_minutes);

  void wrong(std::string_view name, std::string_view text, std::string_view expected);

 private:
  std::optional<std::size_t> choice_of(std::string_view name, std::string_view last = " or ");

  const CommandLine& line_;
  const cli::Arguments& values_;
  Diagnostics& diagnostics_;
};

}  // namespace egressc

namespace egressc::cli {

// A number without a sign; nullopt for anything else, as all of these.
std::optional<std::size_t> parse_number_within(std::string_view text, std::size_t least, std::size_t most);
// "UTC", "Z", "+hh:mm", "-hhmm": minutes east of UTC.
std::optional<int> parse_utc_offset(std::string_view text);
std::optional<FieldPath> parse_field_path(std::string_view text);
// "500ms", "60s", "5m", "1h": up to a day.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// The same in microseconds.
std::optional<Micros> parse_grace(std::string_view text);
// "100000", "64K", "512M", "2G": bytes, up to 1024G.
std::optional<std::size_t> parse_size(std::string_view text);
// "12h", "30d": up to 100 years.
std::optional<Micros> parse_age(std::string_view text);

}  // namespace egressc::cli
