// A kernel in memory: it answers what a test told it to, and remembers what it was asked.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "egressc/kernel.h"

namespace egressc {

struct KernelTwin final : Kernel {
  Abilities given{{true, {}}, {true, {}}, {true, {}}};
  std::map<std::string, Listing, std::less<>> running;  // by the name of the namespace; "" is the current one
  Result<Trial> trial = Trial{TrialOutcome::loaded, {}, "twin", {}};
  std::vector<std::pair<std::string, std::string>>
      tried;  // "nftables", "iptables", "ip6tables", "ferm" or "ferm-lines", and the text
  // What becomes of the flows of a rehearsal; a Failure where none is set.
  std::function<Result<Rehearsal>(const RehearsalOrder&)> stage;

  Abilities abilities() override { return given; }

  Result<Listing> list(std::string_view netns) override {
    const auto found = running.find(netns);
    if (found != running.end()) return found->second;
    return Failure{"/run/netns/" + std::string(netns) + ": there is no network namespace of this name"};
  }

  Result<Trial> try_nftables(std::string_view text, const std::string&) override { return answer("nftables", text); }
  Result<Trial> try_iptables(std::string_view text, Family family, const std::string&) override {
    return answer(family == Family::ipv4 ? "iptables" : "ip6tables", text);
  }
  Result<Trial> try_ferm(std::string_view text, const std::string&) override { return answer("ferm", text); }
  Result<Trial> expand_ferm(std::string_view text, const std::string&) override { return answer("ferm-lines", text); }

  Result<Rehearsal> rehearse(const RehearsalOrder& order) override {
    if (stage) return stage(order);
    return Failure{"the twin has no stage"};
  }

 private:
  Result<Trial> answer(std::string how, std::string_view text) {
    tried.emplace_back(std::move(how), text);
    return trial;
  }
};

}  // namespace egressc
