#include "refresh/refresh.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace egressc;
using namespace std::chrono_literals;

namespace {

const DomainName api = *DomainName::parse("api.example.com");
const RefreshLimits limits;

Address at(std::string_view text) { return *parse_address(text); }

std::vector<Address> list(std::initializer_list<std::string_view> texts) {
  std::vector<Address> all;
  for (const std::string_view text : texts) all.push_back(at(text));
  return all;
}

DnsAnswer addresses(std::initializer_list<std::string_view> texts, std::chrono::seconds ttl = 60s) {
  return {DnsOutcome::addresses, list(texts), ttl, {}};
}

const DnsAnswer no_data{DnsOutcome::no_data, {}, 0s, {}};
const DnsAnswer no_name{DnsOutcome::no_name, {}, 0s, {}};
const DnsAnswer timeout{DnsOutcome::failed, {}, 0s, "no answer in time"};

HeldElement held(std::string_view address, std::optional<std::chrono::milliseconds> left, std::string set = "n_a_4") {
  return {std::move(set), *parse_prefix(address), left};
}

FollowedName followed(std::vector<std::string_view> listed = {}, DomainName name = api) {
  FollowedName all{std::move(name), {{"n_a", {}}}};
  for (const std::string_view prefix : listed) all.sets[0].listed.push_back(*parse_prefix(prefix));
  return all;
}

struct One {
  explicit One(FollowedName name = followed(), const RefreshLimits& with = limits) : refresher(with) {
    refresher.follow({std::move(name)});
  }
  std::vector<RefreshEvent> take(const DnsAnswer& answer, RefreshTime now = 0s, Family family = Family::ipv4) {
    return refresher.take({api, family}, answer, now);
  }
  std::string text(std::vector<HeldElement> elements) { return refresher.round(elements).text; }

  Refresher refresher;
};

std::string words(const std::vector<RefreshEvent>& events) {
  static constexpr std::string_view names[] = {"added",   "closed",  "failed",      "recovered",
                                               "no_name", "no_data", "not_allowed", "cut"};
  std::string text;
  for (const RefreshEvent& event : events) {
    text += names[static_cast<std::size_t>(event.kind)];
    if (event.address) text += " " + to_string(*event.address);
    if (!event.why.empty()) text += " (" + event.why + ")";
    text += ";";
  }
  return text;
}

std::string changed(const std::string& address, const std::string& seconds) {
  return "add element inet egressc n_a_4 { " + address + " }\ndelete element inet egressc n_a_4 { " + address +
         " }\nadd element inet egressc n_a_4 { " + address + " timeout " + seconds + " expires " + seconds + " }\n";
}

}  // namespace

TEST_CASE("a name is asked again after its TTL, within bounds") {
  struct Row {
    DnsAnswer answer;
    RefreshTime next;
  };
  const Row rows[] = {
      {addresses({"198.51.100.7"}, 60s), 60s},
      {addresses({"198.51.100.7"}, 0s), 1s},
      {addresses({"198.51.100.7"}, 1800s), 1800s},
      {addresses({"198.51.100.7"}, 86400s), 1800s},
      {no_data, 60s},
      {no_name, 60s},
      {timeout, 5s},
  };
  for (const Row& row : rows) {
    One one;
    CHECK(one.refresher.due(0s, 10).size() == 2);
    one.take(row.answer, 100s);
    one.take(no_data, 9999s, Family::ipv6);
    CHECK(one.refresher.next() == std::optional(100s + row.next));
    CHECK(one.refresher.due(100s + row.next - 1ms, 10).empty());
    const auto due = one.refresher.due(100s + row.next, 10);
    REQUIRE(due.size() == 1);
    CHECK(due[0].family == Family::ipv4);
  }
}

TEST_CASE("failures are asked again later and later, and forgotten with an answer") {
  One one;
  one.take(no_data, 0s, Family::ipv6);
  const std::chrono::seconds waits[] = {5s, 10s, 20s, 40s, 80s, 160s, 300s, 300s};
  RefreshTime now = 10s;
  for (const auto wait : waits) {
    CHECK(words(one.take(timeout, now)) == (now == 10s ? "failed (no answer in time);" : ""));
    CHECK_FALSE(one.refresher.all_answered());
    now += wait;
    CHECK(one.refresher.due(now - 1ms, 10).size() == (now > 60s ? 1 : 0));  // of the other family
    CHECK(one.refresher.due(now, 10).size() == (now > 60s ? 2 : 1));
  }
  CHECK(words(one.take(addresses({"198.51.100.7"}), now)) == "recovered;");
  CHECK(one.refresher.all_answered());
  one.take(timeout, now);
  one.take(no_data, 9999s, Family::ipv6);
  CHECK(one.refresher.next() == std::optional(now + 5s));
}

TEST_CASE("those that wait longest are asked first") {
  Refresher refresher(limits);
  const auto name = [](const char* text) { return *DomainName::parse(text); };
  refresher.follow({followed({}, name("a.example")), followed({}, name("b.example"))});
  CHECK(refresher.due(0s, 3).size() == 3);
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    refresher.take({name("a.example"), family}, addresses({}, 50s), 0s);
    refresher.take({name("b.example"), family}, addresses({}, 40s), 0s);
  }
  const auto due = refresher.due(60s, 3);
  REQUIRE(due.size() == 3);
  CHECK(due[0].name.key() == "b.example");
  CHECK(due[1].name.key() == "b.example");
  CHECK(due[2].name.key() == "a.example");
}

TEST_CASE("what a round does to a set") {
  struct Row {
    const char* why;
    std::optional<DnsAnswer> answer;
    std::vector<HeldElement> held;
    std::string text;
  };
  const Row rows[] = {
      {"a new address lives an hour and the grace",
       addresses({"198.51.100.7"}),
       {},
       "add element inet egressc n_a_4 { 198.51.100.7 timeout 3900s expires 3900s }\n"},
      {"several are one command, in order",
       addresses({"198.51.100.9", "198.51.100.7", "198.51.100.9"}),
       {},
       "add element inet egressc n_a_4 { 198.51.100.7 timeout 3900s expires 3900s, 198.51.100.9 timeout 3900s expires "
       "3900s }\n"},
      {"one that is still there and has time stays", addresses({"198.51.100.7"}), {held("198.51.100.7", 2100s)}, ""},
      {"one that is still there is renewed in time",
       addresses({"198.51.100.7"}),
       {held("198.51.100.7", 2099s)},
       changed("198.51.100.7", "3900s")},
      {"one that never times out is left alone", no_name, {held("198.51.100.7", std::nullopt)}, ""},
      {"one that is gone has the grace", addresses({}), {held("198.51.100.7", 3600s)}, changed("198.51.100.7", "300s")},
      {"and no second one", addresses({}), {held("198.51.100.7", 300s)}, ""},
      {"no data is an answer", no_data, {held("198.51.100.7", 3600s)}, changed("198.51.100.7", "300s")},
      {"no name is an answer", no_name, {held("198.51.100.7", 3600s)}, changed("198.51.100.7", "300s")},
      {"without an answer nothing is taken away", timeout, {held("198.51.100.7", 3600s)}, ""},
      {"and what would run out is renewed", timeout, {held("198.51.100.7", 1ms)}, changed("198.51.100.7", "3900s")},
      {"before the first question, too", std::nullopt, {held("198.51.100.7", 1s)}, changed("198.51.100.7", "3900s")},
      {"an address in a listed network renews that",
       addresses({"203.0.113.5"}),
       {held("203.0.113.0/24", 60s)},
       changed("203.0.113.0/24", "3900s")},
      {"other sets are none of its business", no_name, {held("198.51.100.7", 3600s, "n_b_4")}, ""},
      {"nor is the other family", no_name, {held("2001:db8::7", 3600s, "n_a_6")}, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    One one;
    if (row.answer) one.take(*row.answer);
    CHECK(one.text(row.held) == row.text);
  }
}

TEST_CASE("while nobody answers, what was said last holds") {
  One one;
  one.take(addresses({"198.51.100.7"}));
  one.take(timeout, 60s);
  const std::vector<HeldElement> elements{held("198.51.100.7", 10s), held("198.51.100.8", 10s)};
  // The second was gone before: its grace goes on to run out.
  CHECK(one.text(elements) == changed("198.51.100.7", "3900s"));
  // One that is no longer there is added again.
  CHECK(one.text({}) == "add element inet egressc n_a_4 { 198.51.100.7 timeout 3900s expires 3900s }\n");
}

TEST_CASE("the families are told apart") {
  One one;
  one.take(addresses({"2001:db8::7"}), 0s, Family::ipv6);
  CHECK(one.text({held("198.51.100.7", 3600s), held("2001:db8::8", 3600s, "n_a_6")}) ==
        "add element inet egressc n_a_6 { 2001:db8::8 }\n"
        "delete element inet egressc n_a_6 { 2001:db8::8 }\n"
        "add element inet egressc n_a_6 { 2001:db8::8 timeout 300s expires 300s }\n"
        "add element inet egressc n_a_6 { 2001:db8::7 timeout 3900s expires 3900s }\n");
}

TEST_CASE("addresses that a zone must not open are added only where the policy lists them") {
  const std::string_view inside[] = {"127.0.0.1",  "10.1.2.3",        "172.31.255.255", "192.168.0.1",
                                     "100.64.0.1", "169.254.169.254", "169.254.1.1",    "224.0.0.1",
                                     "0.0.0.0",    "255.255.255.255", "168.63.129.16"};
  for (const std::string_view address : inside) {
    CAPTURE(address);
    One one;
    CHECK(words(one.take(addresses({address}))) == "not_allowed " + std::string(address) + ";");
    CHECK(one.take(addresses({address, "198.51.100.7"})).empty());
    CHECK(one.text({}) == "add element inet egressc n_a_4 { 198.51.100.7 timeout 3900s expires 3900s }\n");
    One listed(followed({address}));
    CHECK(listed.take(addresses({address})).empty());
    CHECK(listed.text({}).find(address) != std::string::npos);
  }
  for (const char* const address :
       {"::1", "fd00::1", "fe80::1", "ff02::1", "::", "fd00:ec2::254", "::ffff:198.51.100.7"}) {
    CAPTURE(address);
    One one;
    CHECK(words(one.take(addresses({address}), 0s, Family::ipv6)) == "not_allowed " + to_string(at(address)) + ";");
    CHECK(one.text({}).empty());
  }
  for (const char* const address : {"172.32.0.1", "11.0.0.1", "192.167.255.255", "100.128.0.1"}) {
    One one;
    CHECK(one.take(addresses({address})).empty());
    CHECK_FALSE(one.text({}).empty());
  }
}

TEST_CASE("each set of a name has the addresses that its own grant allows") {
  FollowedName name{api, {{"n_a", {}}, {"n_b", {*parse_prefix("10.0.0.0/8")}}}};
  One one(name);
  CHECK(one.take(addresses({"10.0.0.1", "198.51.100.7"})).empty());
  CHECK(one.text({}) ==
        "add element inet egressc n_a_4 { 198.51.100.7 timeout 3900s expires 3900s }\n"
        "add element inet egressc n_b_4 { 10.0.0.1 timeout 3900s expires 3900s, 198.51.100.7 timeout 3900s expires "
        "3900s }\n");
}

TEST_CASE("an answer without end is cut") {
  RefreshLimits few;
  few.most_addresses = 2;
  One one(followed(), few);
  CHECK(words(one.take(addresses({"198.51.100.1", "198.51.100.2", "198.51.100.3"}))) == "cut;");
  CHECK(one.take(addresses({"198.51.100.9", "198.51.100.2", "198.51.100.3"})).empty());
  CHECK(words(one.refresher.round({}).events) == "added 198.51.100.2;added 198.51.100.3;");
}

TEST_CASE("in a set that is full, what is in no answer makes room") {
  RefreshLimits few;
  few.most_elements = 3;
  One one(followed(), few);
  one.take(addresses({"198.51.100.1", "198.51.100.2"}));
  const std::string text =
      one.text({held("198.51.100.2", 3600s), held("198.51.100.8", 20s), held("198.51.100.9", 10s)});
  CHECK(text ==
        "add element inet egressc n_a_4 { 198.51.100.9 }\n"
        "delete element inet egressc n_a_4 { 198.51.100.9 }\n"
        "add element inet egressc n_a_4 { 198.51.100.1 timeout 3900s expires 3900s }\n");
}

TEST_CASE("events tell what opened and what closed, once") {
  One one;
  one.take(addresses({"198.51.100.7"}));
  auto round = one.refresher.round({});
  CHECK(words(round.events) == "added 198.51.100.7;");
  CHECK(words(one.refresher.round({}).events) == "added 198.51.100.7;");  // it was not done
  one.refresher.done(round);
  CHECK(words(one.take(no_data)) == "no_data;");
  CHECK(one.take(no_name).empty());
  round = one.refresher.round(std::vector{held("198.51.100.7", 3600s)});
  CHECK(words(round.events).empty());  // its grace begins
  one.refresher.done(round);
  round = one.refresher.round({});
  CHECK(words(round.events) == "closed 198.51.100.7;");
  one.refresher.done(round);
  CHECK(words(one.refresher.round({}).events).empty());
}

TEST_CASE("a name that does not exist is told once") {
  One one;
  CHECK(words(one.take(no_name)) == "no_name;");
  CHECK(one.take(no_name).empty());
  One other;
  CHECK(other.take(no_data).empty());  // most names have one family only
}

TEST_CASE("names that stay keep what is known of them") {
  One one;
  one.take(addresses({"198.51.100.7"}, 600s));
  one.refresher.follow({followed({}, *DomainName::parse("www.example.com")), followed({"198.51.100.0/24"})});
  CHECK(one.refresher.due(0s, 10).size() == 3);
  CHECK(words(one.refresher.round({}).events) == "added 198.51.100.7;");
  one.refresher.follow({});
  CHECK(one.refresher.next() == std::nullopt);
  CHECK(one.text({held("198.51.100.7", 3600s)}).empty());
}
