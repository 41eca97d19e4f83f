// Words that what commands print has in common, and the members of its JSON.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/diagnostics.h"
#include "egressc/explain.h"
#include "model/document/document.h"
#include "model/words/words.h"

namespace egressc {
struct Evidence;
}

namespace egressc::report {

inline constexpr std::size_t whole_line = 4096;  // for printable()

// With ", " between them, escaped.
std::string printed(std::span<const std::string> words);
// "seen 412 times, 2026-11-20T08:00:01Z to 2026-11-23T06:59:58Z, by audit, netfilter; /usr/bin/python3".
std::string evidence_text(const Evidence& evidence);
// What ends it: "; /usr/bin/python3; an agent called it api.example.com"; "" without either.
std::string callers_text(const std::vector<std::string>& exe, const std::vector<std::string>& claimed);
// Every line of `text` behind `indent`.
std::string indented(std::string_view text, std::string_view indent);

std::string_view style_of(Ruling ruling);
// The verdict as a person reads it, in its color.
std::string ruling_text(Ruling ruling, bool color);

// The members "file", "line" and "column" of an object.
void add_place(JsonText& json, const Location& where);
// "protocol", "address", "port" if it has one, "loopback".
void add_flow(JsonText& json, const FlowPoint& flow);
// "first" and "last", as far as they are known.
void add_times(JsonText& json, Micros first, Micros last);
// "by", "exe" and "claimed".
void add_sources(JsonText& json, const std::vector<std::string>& by, const std::vector<std::string>& exe,
                 const std::vector<std::string>& claimed);
void add_names(JsonText& json, const std::vector<DomainName>& names);

}  // namespace egressc::report
