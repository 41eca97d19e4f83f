// A kernel in memory: it answers what a test told it to, and remembers what it was asked.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kernel/kernel.h"

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
  Ability net_admin() override { return given.net_admin; }

  Result<Listing> list(std::string_view netns) override {
    const auto found = running.find(netns);
    if (found != running.end()) return found->second;
    return Failure{"/run/netns/" + std::string(netns) + ": there is no network namespace of this name"};
  }

  // The table inet egressc: what it holds is the text that was committed last.
  OwnTable own;
  std::string own_listing;
  std::string own_listing_json;
  Change next_check{ChangeOutcome::done, 0, {}};
  Result<Change> next_commit = Change{ChangeOutcome::done, 0, {}};  // 0: the next generation
  std::deque<Result<Change>> first_commits;                         // what is answered before that
  std::function<void(KernelTwin&)> after_attempt;                   // what happens whenever a commit was tried
  std::vector<std::string> checked;                                 // as text
  std::vector<Tried> tried_of_checked;
  std::vector<std::string> committed;  // as text
  std::vector<std::size_t> waits;      // after so many commits it was waited for packets
  std::vector<std::string> changers;   // what a watch sees

  Result<OwnTable> own_table(std::string_view) override { return own; }
  Result<std::string> own_text(std::string_view) override { return own_listing; }
  Result<std::string> own_json(std::string_view) override { return own_listing_json; }
  std::future<Result<Change>> check(std::string_view, const RulesetChange& change, const std::string&,
                                    Tried what) override {
    checked.push_back(text_of(change));
    tried_of_checked.push_back(what);
    std::promise<Result<Change>> answer;
    answer.set_value(next_check);
    return answer.get_future();
  }
  void wait_for_packets() override { waits.push_back(committed.size()); }
  Result<Change> commit(std::string_view, const RulesetChange& change, const std::string&, std::optional<std::uint32_t>,
                        int) override {
    Result<Change> answer = next_commit;
    if (!first_commits.empty()) {
      answer = std::move(first_commits.front());
      first_commits.pop_front();
    }
    if (answer && answer->outcome == ChangeOutcome::done) {
      committed.push_back(text_of(change));
      if (answer->generation == 0) answer->generation = next_generation();
    }
    if (after_attempt) after_attempt(*this);
    return answer;
  }
  std::vector<FlowPoint> connections;  // that are open
  EndedConnections not_ended;          // what is said besides
  Result<EndedConnections> end_connections(std::string_view,
                                           const std::function<bool(const FlowPoint&)>& is_denied) override {
    EndedConnections result = not_ended;
    result.ended = std::erase_if(connections, is_denied);
    return result;
  }
  Result<std::unique_ptr<RulesetWatch>> watch(std::string_view) override {
    struct Watch final : RulesetWatch {
      explicit Watch(std::vector<std::string> seen) : names(std::move(seen)) {}
      std::vector<std::string> others() override { return names; }
      int descriptor() const override { return -1; }
      void listen(bool) override {}
      std::vector<std::string> names;
    };
    return std::unique_ptr<RulesetWatch>(std::make_unique<Watch>(changers));
  }
  Result<NetworkNamespace> identify(std::string_view netns) override {
    return NetworkNamespace{std::string(netns), netns.empty() ? "host" : "netns-" + std::string(netns)};
  }
  Result<std::monostate> run_inside(std::string_view, const std::function<void()>& work) override {
    work();
    return std::monostate{};
  }
  Result<std::monostate> create_namespace(std::string_view name) override {
    running.emplace(name, Listing{});
    return std::monostate{};
  }
  Result<std::monostate> delete_namespace(std::string_view name) override {
    running.erase(std::string(name));
    return std::monostate{};
  }

  Result<Trial> try_nftables(std::string_view text, const std::string&) override { return answer("nftables", text); }
  Result<Trial> try_iptables(std::string_view text, Family family, const std::string&, std::string_view) override {
    return answer(family == Family::ipv4 ? "iptables" : "ip6tables", text);
  }
  Result<Trial> try_ferm(std::string_view text, const std::string&, std::string_view) override {
    return answer("ferm", text);
  }
  Result<Trial> expand_ferm(std::string_view text, const std::string&) override { return answer("ferm-lines", text); }

  Result<Rehearsal> rehearse(const RehearsalOrder& order) override {
    if (stage) return stage(order);
    return Failure{"the twin has no stage"};
  }

  std::uint32_t next_generation() {
    ++own.generation;
    for (auto& [netns, listing] : running) listing.generation = own.generation;
    return own.generation;
  }

 private:
  static std::string text_of(const RulesetChange& change) {
    const auto* const value = std::get_if<NftChange>(&change);
    return value != nullptr ? nft_text(*value) : std::get<std::string>(change);
  }
  Result<Trial> answer(std::string how, std::string_view text) {
    tried.emplace_back(std::move(how), text);
    return trial;
  }
};

}  // namespace egressc
