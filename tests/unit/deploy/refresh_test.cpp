#include "deploy/refresh.h"

#include <doctest/doctest.h>

#include <deque>
#include <map>

#include "deploy/change_fixture.h"

using namespace egressc;
using namespace egressc::deploy;
using namespace egressc::test;
using namespace std::chrono_literals;

namespace {

const std::string two_names = policy_text(
    "198.51.100.1", std::string(live_grant) + "      - {to: '*.example.org', ports: [tcp/80], live: true}\n");

FollowedNames names_of(const std::string& text) {
  Diagnostics diagnostics;
  auto names = live_names(policy_of(text), std::nullopt, diagnostics);
  REQUIRE(names);
  return std::move(*names);
}

struct ResolverTwin final : Resolver {
  std::map<std::string, DnsAnswer> answers;  // "4 api.example.com"; others have no data
  std::vector<std::string> asked;
  Result<std::vector<std::optional<DnsAnswer>>> ask(std::span<const DnsQuestion> questions, int) override {
    std::vector<std::optional<DnsAnswer>> all;
    for (const DnsQuestion& question : questions) {
      asked.push_back(fmt::format("{} {}", static_cast<int>(question.family), question.name.key()));
      const auto found = answers.find(asked.back());
      all.emplace_back(found == answers.end() ? DnsAnswer{DnsOutcome::no_data, {}, 0s, {}} : found->second);
    }
    return all;
  }
};

DnsAnswer address(std::string_view text, std::chrono::seconds ttl = 60s) {
  return {DnsOutcome::addresses, {*parse_address(text)}, ttl, {}};
}

struct Host {
  KernelTwin kernel;
  ResolverTwin resolver;
  std::chrono::milliseconds time = 1000s;
  std::deque<Woken> wakes;  // and then the end
  std::vector<std::chrono::milliseconds> waits;
  std::optional<FollowedNames> again;
  std::string said;
  std::string noted;
  RefreshOptions options;
  NetworkNamespace network{"lab", "netns-lab"};

  explicit Host(const std::string& policy = two_names) {
    options.policy = "policy.yaml";
    run_policy(policy);
  }

  // The table is that of this policy, and its sets hold this.
  void run_policy(const std::string& text, const std::string& elements = "") {
    const FollowedNames names = names_of(text);
    kernel.own = {true, "egressc 0.1.0 policy sha256 " + names.hash.substr(7), kernel.own.generation + 1};
    kernel.own_listing = "table inet egressc {\n";
    for (const FollowedName& name : names.names)
      for (const FollowedSet& set : name.sets)
        for (const char* family : {"4", "6"})
          kernel.own_listing += fmt::format("\tset {}_{} {{\n\t\ttypeof ip daddr\n\t\ttimeout 1h\n{}\t}}\n",
                                            set.identifier, family, *family == '4' ? elements : "");
    kernel.own_listing += "}\n";
  }

  std::string run(bool watch, const std::string& policy = two_names) {
    options.watch = watch;
    RefreshWorld world{kernel,
                       resolver,
                       [this] { return time; },
                       [this](std::chrono::milliseconds until, int) {
                         if (wakes.empty()) return Woken::stop;
                         waits.push_back(until);
                         if (wakes.front() == Woken::time) time = until;
                         const Woken woken = wakes.front();
                         wakes.pop_front();
                         return woken;
                       },
                       -1,
                       [this] { return again; },
                       [this](const std::string& text) { said += text; },
                       [this](const std::string& text) -> Result<std::monostate> {
                         noted += text;
                         return std::monostate{};
                       }};
    const auto status = run_refresh(world, options, names_of(policy), network);
    return status ? std::to_string(*status) : status.failure().message;
  }
};

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

constexpr const char* warning =
    "warning: *.example.org is live, but nobody can be asked for it: only a resolver that fills its set can follow "
    "it\n";

}  // namespace

TEST_CASE("of a policy the names of its live grants are asked, and no others") {
  const FollowedNames names = names_of(two_names);
  REQUIRE(names.names.size() == 1);
  CHECK(names.names[0].name.key() == "api.example.com");
  REQUIRE(names.names[0].sets.size() == 1);
  CHECK(names.names[0].sets[0].identifier.starts_with("n_"));
  CHECK(names.names[0].sets[0].listed == std::vector{*parse_prefix("198.51.100.7")});
  CHECK(names.wildcards == std::vector<std::string>{"*.example.org"});
  CHECK(names.hash.starts_with("sha256:"));

  Host host;
  CHECK(host.run(false) == "0");
  CHECK(host.resolver.asked == std::vector<std::string>{"4 api.example.com", "6 api.example.com"});
  CHECK(host.said == warning);
  CHECK(host.kernel.committed.empty());
}

TEST_CASE("one round is one transaction") {
  Host host;
  host.resolver.answers = {{"4 api.example.com", address("198.51.100.8")},
                           {"6 api.example.com", address("2001:db8::8")}};
  CHECK(host.run(false) == "0");
  CHECK(host.kernel.committed.size() == 1);
  CHECK(host.said ==
        std::string(warning) + "api.example.com: 198.51.100.8 opened\napi.example.com: 2001:db8::8 opened\n");
}

TEST_CASE("once ends with what could not be answered, and has done the rest") {
  Host host;
  host.options.json = true;
  host.resolver.answers = {{"4 api.example.com", address("198.51.100.8")},
                           {"6 api.example.com", {DnsOutcome::failed, {}, 0s, "SERVFAIL"}}};
  CHECK(host.run(false) == "3");
  CHECK(host.kernel.committed.size() == 1);
  CHECK(host.noted == R"({"event":"failed","name":"api.example.com","family":6,"why":"SERVFAIL"})"
                      "\n"
                      R"({"event":"added","name":"api.example.com","family":4,"address":"198.51.100.8"})"
                      "\n");
}

TEST_CASE("without the table or a set nobody is asked") {
  Host host;
  host.kernel.own = {};
  CHECK(host.run(false) ==
        "there is no table inet egressc in network namespace lab: run egressc apply --netns lab policy.yaml");
  host.run_policy(policy_text("198.51.100.1"));
  CHECK(host.run(false) ==
        "the table inet egressc has no set for api.example.com: run egressc apply --netns lab policy.yaml");
  CHECK(host.resolver.asked.empty());
}

TEST_CASE("each question has its own time") {
  Host host;
  host.wakes = {Woken::time, Woken::time};
  host.resolver.answers = {{"4 api.example.com", address("198.51.100.8", 20s)}};
  CHECK(host.run(true) == "0");
  CHECK(host.waits == std::vector<std::chrono::milliseconds>{1020s, 1040s});
  CHECK(host.resolver.asked ==
        std::vector<std::string>{"4 api.example.com", "6 api.example.com", "4 api.example.com", "4 api.example.com"});
}

TEST_CASE("whoever is faster, it is done in the end") {
  Host host;
  host.resolver.answers = {{"4 api.example.com", address("198.51.100.8")}};
  const Change outdated{ChangeOutcome::outdated, 2, {}};
  host.kernel.first_commits = {outdated, outdated};
  CHECK(host.run(false) == "0");
  CHECK(host.kernel.committed.size() == 1);
  // And if nobody was, it is told.
  Host other;
  other.resolver.answers = host.resolver.answers;
  other.kernel.next_commit = Change{ChangeOutcome::refused, 0, {}};
  CHECK(has(other.run(false), "the kernel refuses to change the sets of live names"));
}

TEST_CASE("a table that is gone ends it") {
  Host host;
  host.wakes = {Woken::event, Woken::time};
  host.resolver.answers = {{"4 api.example.com", address("198.51.100.8")}};
  host.kernel.after_attempt = [](KernelTwin& kernel) { kernel.own = {}; };
  CHECK(has(host.run(true), "there is no table inet egressc in network namespace lab"));
}

TEST_CASE("another policy that was applied takes the place of the first") {
  const std::string next = policy_text("198.51.100.1", "      - {to: www.example.com, ports: [tcp/443], live: true}\n");
  Host host;
  host.wakes = {Woken::event, Woken::time};
  host.resolver.answers = {{"4 api.example.com", address("198.51.100.8")}};
  host.again = names_of(next);
  host.kernel.after_attempt = [&](KernelTwin& kernel) {
    kernel.after_attempt = nullptr;
    host.run_policy(next);
  };
  CHECK(host.run(true) == "0");
  CHECK(has(host.said, "another policy was applied to network namespace lab: going on with that\n"));
  CHECK(host.resolver.asked.back() == "6 www.example.com");

  // Of one that is not known here, its sets have to be those.
  Host other;
  other.wakes = {Woken::event, Woken::time};
  other.resolver.answers = host.resolver.answers;
  other.kernel.after_attempt = [&](KernelTwin& kernel) {
    kernel.after_attempt = nullptr;
    other.run_policy(two_names + "      - {to: 203.0.113.1, ports: [tcp/1]}\n");
  };
  CHECK(other.run(true) == "0");
  CHECK(has(other.said,
            "warning: what runs in network namespace lab is not policy.yaml: `egressc apply --netns lab "
            "policy.yaml` would put that there\n"));
}

TEST_CASE("the options of a resolver") {
  struct Row {
    std::string_view text;
    std::string_view address;
    std::uint16_t port;
  };
  for (const Row& row : {Row{"192.0.2.1", "192.0.2.1", 53}, Row{"192.0.2.1:5353", "192.0.2.1", 5353},
                         Row{"2001:db8::1", "2001:db8::1", 53}, Row{"[2001:db8::1]:1", "2001:db8::1", 1}}) {
    const auto server = parse_dns_server(row.text);
    REQUIRE(server);
    CHECK(to_string(server->address) == row.address);
    CHECK(server->port == row.port);
  }
  for (const std::string_view text : {"", "host", "192.0.2.1:", "192.0.2.1:0", "192.0.2.1:65536", "192.0.2.1:53x",
                                      "[192.0.2.1]:53", "[2001:db8::1]", "2001:db8::1:53:53:53:53:53", ":53", "[]:53"})
    CHECK_FALSE(parse_dns_server(text));
}
