// Listings of nftables in JSON, read and evaluated.
#pragma once

#include <doctest/doctest.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "egressc/flow_space.h"
#include "egressc/readers.h"

namespace egressc::test {

enum class Passes { no, maybe, yes };

inline std::string listing(std::initializer_list<std::string> objects) {
  std::string text = R"({"nftables": [{"metainfo": {"version": "1.0.6", "json_schema_version": 1}})";
  for (const std::string& object : objects) text += ", " + object;
  return text + "]}";
}

// In table "t" of `family`: a base chain "o" that drops, unless other words are given.
inline std::string base_chain(std::string_view family = "inet", std::string_view words = R"("type": "filter",
    "hook": "output", "prio": 0, "policy": "drop")") {
  return R"({"chain": {"family": ")" + std::string(family) + R"(", "table": "t", "name": "o", )" + std::string(words) +
         "}}";
}

inline std::string chain(std::string_view name, std::string_view family = "inet") {
  return R"({"chain": {"family": ")" + std::string(family) + R"(", "table": "t", "name": ")" + std::string(name) +
         "\"}}";
}

// `statements` without their brackets.
inline std::string rule(std::string_view statements, std::string_view chain = "o", std::string_view family = "inet") {
  return R"({"rule": {"family": ")" + std::string(family) + R"(", "table": "t", "chain": ")" + std::string(chain) +
         R"(", "handle": 5, "expr": [)" + std::string(statements) + "]}}";
}

inline std::string match(std::string_view left, std::string_view op, std::string_view right) {
  return R"({"match": {"op": ")" + std::string(op) + R"(", "left": )" + std::string(left) + R"(, "right": )" +
         std::string(right) + "}}";
}

inline std::string meta(std::string_view key) { return R"({"meta": {"key": ")" + std::string(key) + "\"}}"; }

inline std::string payload(std::string_view header, std::string_view field) {
  return R"({"payload": {"protocol": ")" + std::string(header) + R"(", "field": ")" + std::string(field) + "\"}}";
}

inline const std::string accept = R"({"accept": null})";
inline const std::string drop = R"({"drop": null})";

inline std::optional<Filter> read(const std::string& json, Diagnostics& diagnostics) {
  return read_nftables_json(json, "ruleset.json", diagnostics);
}

inline Meaning meaning_of(const std::string& json) {
  Diagnostics diagnostics;
  const std::optional<Filter> filter = read(json, diagnostics);
  CAPTURE(diagnostics.render(false));
  REQUIRE(filter.has_value());
  const Meaning meaning = evaluate(*filter, possible_flows());
  CHECK((meaning.least - meaning.most).empty());
  CHECK((!meaning.undecided.empty() || meaning.least == meaning.most));
  return meaning;
}

inline Passes passes(const Meaning& meaning, const FlowPoint& point) {
  if (meaning.least.contains(point)) return Passes::yes;
  return meaning.most.contains(point) ? Passes::maybe : Passes::no;
}

// With one rule, in a chain that drops the rest.
inline Passes passes(const std::string& statements, const FlowPoint& point) {
  return passes(meaning_of(listing({base_chain(), chain("c"), rule(statements)})), point);
}

struct Packet {
  std::uint32_t uid = 1000;
  std::uint32_t gid = 100;
  bool loopback = false;
  std::uint8_t protocol = 6;
  const char* to = "192.0.2.1";
  std::uint16_t port = 443;
};

inline FlowPoint point(const Packet& flow) {
  return {flow.uid, flow.gid, flow.loopback, flow.protocol, *parse_address(flow.to), flow.port};
}

}  // namespace egressc::test
