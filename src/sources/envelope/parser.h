// From the class of a format to the functions in its row. The class has
//   static int sniff(std::string_view head);
//   Parser(const ParseContext& context, Observations& observations);
//   std::string_view read(std::string_view line, std::uint64_t number);  // why it is of no use (a literal), or ""
// and, where something is held back until the end, or where its lines tell times that are no calendar's,
//   void finish();
//   static DatedTime first_time(std::string_view head, int utc_offset_minutes);
// and, where its lines are not any line of a program,
//   static constexpr LineRules line_rules;
// and its file ends with `template struct Format<Parser>;`.
#pragma once

#include <memory>

#include "sources/envelope/lines.h"
#include "sources/envelope/wrapping.h"
#include "sources/formats.h"

namespace egressc::sources {

template <class Parser>
constexpr LineRules rules_of() {
  if constexpr (requires { Parser::line_rules; })
    return Parser::line_rules;
  else
    return {};
}

template <class Parser>
int Format<Parser>::sniff(std::string_view head) {
  return Parser::sniff(unwrapped(head, rules_of<Parser>()));
}

template <class Parser>
LogParser Format<Parser>::open(const ParseContext& context, Observations& observations) {
  struct Reader {
    Reader(ParseContext given, Observations& seen)
        : unwrapper(given, rules_of<Parser>()), parser(inner(std::move(given)), seen) {}
    ParseContext inner(ParseContext given) const {
      given.head = {};
      given.outer_time = &unwrapper.outer_time();
      return given;
    }
    Unwrapper unwrapper;
    Parser parser;
  };
  const auto reader = std::make_shared<Reader>(context, observations);
  const auto read = [reader = reader.get()](std::string_view line, std::uint64_t number) {
    return reader->parser.read(line, number);
  };
  return {[reader, read, &observations](std::string_view lines) { reader->unwrapper.feed(lines, observations, read); },
          [reader, read, &observations] {
            reader->unwrapper.finish(observations, read);
            if constexpr (requires { reader->parser.finish(); }) reader->parser.finish();
          }};
}

template <class Parser>
DatedTime Format<Parser>::first_time(std::string_view head, int utc_offset_minutes) {
  if constexpr (requires { Parser::first_time(head, utc_offset_minutes); })
    return Parser::first_time(head, utc_offset_minutes);
  else
    return {};
}

}  // namespace egressc::sources
