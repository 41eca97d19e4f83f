// A policy on its way into a kernel in memory.
#pragma once

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "deploy/captured_errors.h"
#include "deploy/change.h"
#include "deploy/plan.h"
#include "egressc/backends.h"
#include "kernel_twin.h"
#include "temporary_directory.h"

namespace egressc::test {

using namespace egressc::deploy;

// One user who may reach one address; `more` are lines of the same subject's grants.
inline std::string policy_text(std::string_view address, std::string_view more = "") {
  return fmt::format(
      "egressc: 1\nscope: subjects\nsubjects:\n  agent:\n    uid: 1001\n    allow:\n"
      "      - {{to: {}, ports: [tcp/443]}}\n{}",
      address, more);
}

inline constexpr std::string_view live_grant =
    "      - {to: api.example.com, ports: [tcp/443], addresses: [198.51.100.7], live: true}\n";

inline Policy policy_of(const std::string& text) {
  Diagnostics diagnostics;
  auto policy = read_policy(text, "policy.yaml", nullptr, diagnostics);
  REQUIRE_MESSAGE(policy, diagnostics.render(false));
  return std::move(*policy);
}

inline Target target_of_text(const std::string& text, const std::string& tag = "") {
  Diagnostics diagnostics;
  auto target = target_of({"policy.yaml", text, policy_of(text)}, "/etc/policy.yaml", std::nullopt, tag, diagnostics);
  REQUIRE(target);
  return std::move(*target);
}

inline std::string text_of(const Target& target) { return nft_text(std::get<NftChange>(target.whole)); }

inline std::string nft_json(std::string_view objects = "") {
  return fmt::format(R"({{"nftables": [{{"metainfo": {{"version": "1.0.6", "json_schema_version": 1}}}}{}{}]}})",
                     objects.empty() ? "" : ", ", objects);
}

// A table of somebody else that denies port 443 of one address, and accepts the rest.
inline std::string foreign_drop(std::string_view address, std::string_view table = "mine") {
  return fmt::format(
      R"({{"table": {{"family": "ip", "name": "{1}", "handle": 1}}}}, {{"chain": {{"family": "ip", "table": "{1}", "name": "out", "handle": 1, "type": "filter", "hook": "output", "prio": 5, "policy": "accept"}}}}, {{"rule": {{"family": "ip", "table": "{1}", "chain": "out", "handle": 2, "expr": [{{"match": {{"op": "==", "left": {{"payload": {{"protocol": "ip", "field": "daddr"}}}}, "right": "{0}"}}}}, {{"drop": null}}]}}}})",
      address, table);
}

// The kernel, the state directory, and what apply was told.
struct Place {
  TemporaryDirectory directory;
  KernelTwin kernel;
  ChangeOptions options;
  LiveMarkers markers{true};

  Place() {
    options.state_directory = directory / "state";
    options.yes = true;
    options.quiet = true;
    options.warm_up = std::chrono::milliseconds(0);
    options.color = ColorMode::never;
    kernel.running[""] = Listing{nft_json(), {}, 1};
    kernel.own.generation = 1;
  }

  // The ruleset is of another generation now, and everything says so.
  void turn(const std::string& json) { kernel.running[""] = Listing{json, {}, kernel.next_generation()}; }

  // The exit status, and what is said on standard error.
  std::pair<int, std::string> change(Target target) {
    auto site = open_site(kernel, options);
    REQUIRE_MESSAGE(site, site.failure().message);
    return with_errors([&] { return egressc::deploy::change(kernel, *site, std::move(target), markers, options); });
  }
  std::pair<int, std::string> apply(const std::string& text) { return change(target_of_text(text)); }

  // As if it had been applied: the table is there, and recorded.
  void run(const std::string& text) {
    const auto [status, said] = apply(text);
    REQUIRE_MESSAGE(status == 0, said);
    kernel.own.present = true;
    kernel.own.comment = table_comment(*target_of_text(text).ruleset);
    kernel.committed.clear();
    kernel.checked.clear();
  }

  State state() const { return State(options.state_directory, "host"); }
};

inline bool has_text(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace egressc::test
