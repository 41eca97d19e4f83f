// From the class of a format to the functions in its row. The class has
//   static int sniff(std::string_view head);
//   Parser(const ParseContext& context, Observations& observations);
//   std::string_view read(std::string_view line, std::uint64_t number);  // why it is of no use (a literal), or ""
// and, where something is held back until the end, or where its lines tell times that are no calendar's,
//   void finish();
//   static DatedTime first_time(std::string_view head, int utc_offset_minutes);
// and its file ends with `template struct Format<Parser>;`.
#pragma once

#include <memory>

#include "sources/envelope/lines.h"
#include "sources/formats.h"

namespace egressc::sources {

template <class Parser>
int Format<Parser>::sniff(std::string_view head) {
  return Parser::sniff(head);
}

template <class Parser>
LogParser Format<Parser>::open(const ParseContext& context, Observations& observations) {
  const auto parser = std::make_shared<Parser>(context, observations);
  const auto feed = [parser, &observations](std::string_view lines) {
    for_each_line(lines, observations, [&](std::string_view line, std::uint64_t number) {
      if (const auto reason = parser->read(line, number); !reason.empty()) observations.skip(reason, number);
    });
  };
  if constexpr (requires { parser->finish(); })
    return {feed, [parser] { parser->finish(); }};
  else
    return {feed, [] {}};
}

template <class Parser>
DatedTime Format<Parser>::first_time(std::string_view head, int utc_offset_minutes) {
  if constexpr (requires { Parser::first_time(head, utc_offset_minutes); })
    return Parser::first_time(head, utc_offset_minutes);
  else
    return {};
}

}  // namespace egressc::sources
