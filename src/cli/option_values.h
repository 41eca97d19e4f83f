// The values of options, checked. Each parser gives nullopt for text it does not know.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "egressc/learn.h"
#include "egressc/sources.h"
#include "prove/verify.h"

namespace egressc {

std::optional<Scope> parse_scope(std::string_view text);
std::optional<Deny> parse_deny(std::string_view text);
std::optional<Mode> parse_mode(std::string_view text);
std::optional<Trust> parse_trust(std::string_view text);
std::optional<Protocol> parse_assumed_protocol(std::string_view text);
// "UTC", "Z", "+hh:mm", "-hhmm": minutes east of UTC.
std::optional<int> parse_utc_offset(std::string_view text);
std::optional<Verification> parse_verification(std::string_view text);
// "live" is true, "pinned" false.
std::optional<bool> parse_names(std::string_view text);
std::optional<int> parse_year(std::string_view text);
std::optional<unsigned> parse_thread_count(std::string_view text);
std::optional<FieldPath> parse_field_path(std::string_view text);
// "500ms", "60s", "5m", "1h": up to a day.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// The same in microseconds.
std::optional<Micros> parse_grace(std::string_view text);
std::optional<Ambiguous> parse_ambiguous(std::string_view text);
std::optional<std::size_t> parse_sibling_count(std::string_view text);
// "12h", "30d": up to 100 years.
std::optional<Micros> parse_age(std::string_view text);
// Numbers, ranges and names, separated by commas: "1000-1005,agent".
std::optional<std::vector<IdRange>> parse_ids(std::string_view text, const UserIds& names);

}  // namespace egressc
