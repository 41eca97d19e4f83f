#include <doctest/doctest.h>

#include "learn_fixture.h"

using namespace egressc;
using namespace egressc::test;

TEST_CASE("an address is called by the name its own subject asked for") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("dnsmasq", Trust::packet));
  query(inputs[0], 0, 1001, 40001);
  answer(inputs[1], 0, "api.example.com", "203.0.113.1", 40001);
  answer(inputs[1], 0, "api.example.com", "203.0.113.2", 40001);
  inputs[0].add(packet(1, 1001, "203.0.113.1", 443));
  inputs[0].add(packet(1, 1002, "203.0.113.1", 443));  // never asked
  CHECK(learn_text(inputs) ==
        "uid-1001: api.example.com tcp/443 @203.0.113.1 @203.0.113.2; 192.0.2.53 udp/53;\n"
        "uid-1002: 203.0.113.1 tcp/443;\n");
}

TEST_CASE("where the asker is not known, any name the host asked fits") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("dnsmasq", Trust::packet));
  answer(inputs[1], 0, "api.example.com", "203.0.113.1");
  inputs[0].add(packet(1, 1002, "203.0.113.1", 443));
  CHECK(learn_text(inputs) == "uid-1002: api.example.com tcp/443 @203.0.113.1;\n");
}

TEST_CASE("two names for one address are both listed, and nothing more is opened") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("dnsmasq", Trust::packet));
  answer(inputs[1], 0, "b.example", "203.0.113.1");
  answer(inputs[1], 0, "a.example", "203.0.113.1");
  answer(inputs[1], 0, "a.example", "203.0.113.9");
  inputs[0].add(packet(1, 1002, "203.0.113.1", 443));
  CHECK(learn_text(inputs) == "uid-1002: a.example|b.example tcp/443 @203.0.113.1;\n");
}

TEST_CASE("an answer covers its TTL and a grace, and an hour where the TTL is not known") {
  struct Row {
    std::uint32_t ttl;
    double connected;
    bool named;
  };
  const Row rows[] = {{60, 30, true},   {60, 359, true},  {60, 361, false}, {0, 3899, true},
                      {0, 3901, false}, {60, -0.9, true}, {60, -5, false},  {100000, 90000, true}};
  for (const Row& row : rows) {
    CAPTURE(row.ttl);
    CAPTURE(row.connected);
    std::vector<Observations> inputs;
    inputs.push_back(log("netfilter", Trust::packet));
    inputs.push_back(log("dnsmasq", Trust::packet));
    answer(inputs[1], 0, "a.example", "203.0.113.1", 0, row.ttl);
    inputs[0].add(packet(row.connected, 1002, "203.0.113.1", 443));
    const bool named = learn_text(inputs).find("a.example") != std::string::npos;
    CHECK(named == row.named);
  }
}

TEST_CASE("attempts before the first answer fold into the name that the place has otherwise") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("dnsmasq", Trust::packet));
  answer(inputs[1], 100, "a.example", "203.0.113.1");
  inputs[0].add(packet(1, 1002, "203.0.113.1", 443));
  inputs[0].add(packet(101, 1002, "203.0.113.1", 443));
  CHECK(learn_text(inputs) == "uid-1002: a.example tcp/443 @203.0.113.1;\n");
}

TEST_CASE("whose question it was: told, not told of any, or not told of this one") {
  struct Row {
    const char* about;
    std::vector<std::pair<double, std::uint32_t>> queries;  // that packets tell of: when, and whose
    double answered;
    double waited;
    std::uint16_t turn;
    std::uint32_t named;  // who calls the address by the name; 0: nobody, 1: everybody
  };
  const Row rows[] = {
      {"the packet log tells", {{0, 1001}}, 0.2, 0, 0, 1001},
      {"no packet log tells of any question", {}, 0.2, 0, 0, 1},
      {"two had the port", {{0, 1001}, {0.5, 1002}}, 0.6, 0, 0, 0},
      {"who has the port by now is not told", {{0, 1001}}, 2, 0, 0, 0},
      {"the answer came late", {{0, 1001}}, 4, 4, 0, 1001},
      {"asked before it was his", {{5, 1001}}, 5, 4, 0, 0},
      {"a packet for each question", {{0, 1001}, {0, 1001}}, 0.2, 0, 1, 1001},
      {"more questions than packets", {{0, 1001}, {0, 1001}}, 0.2, 0, 2, 0},
      {"the question is not in the log", {{0, 1001}}, 0.2, 0, unknown_turn, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.about);
    std::vector<Observations> inputs;
    inputs.push_back(log("netfilter", Trust::packet));
    inputs.push_back(log("dnsmasq", Trust::packet));
    for (const auto& [when, uid] : row.queries) query(inputs[0], when, uid, 40001);
    answer(inputs[1], row.answered, "a.example", "203.0.113.1", 40001);
    inputs[1].resolutions.back().turn = row.turn;
    inputs[1].resolutions.back().waited = static_cast<std::uint32_t>(row.waited * 1000);
    for (const std::uint32_t uid : {1001U, 1002U, 1003U})
      inputs[0].add(packet(row.answered + 1, uid, "203.0.113.1", 443));
    const std::string text = learn_text(inputs);
    for (const std::uint32_t uid : {1001U, 1002U, 1003U}) {
      const std::string line = text.substr(text.find("uid-" + std::to_string(uid)));
      const bool is_named = line.substr(0, line.find('\n')).find("a.example") != std::string::npos;
      CHECK(is_named == (row.named == 1 || row.named == uid));
    }
  }
}

TEST_CASE("a log of packets that leaves loopback out tells nothing of who asks there") {
  for (const bool tells : {false, true}) {
    std::vector<Observations> inputs;
    inputs.push_back(log("netfilter", Trust::packet));
    inputs.push_back(log("dnsmasq", Trust::packet));
    query(inputs[0], 0, 101, 5353);  // the resolver's own
    if (tells) {
      Connection other = packet(0, 1003, "127.0.0.53", 53, ip_protocol::udp);
      other.from = address("127.0.0.1");
      other.from_port = 40009;
      inputs[0].add(other);
    }
    answer(inputs[1], 0, "a.example", "203.0.113.1", 40001);
    inputs[1].resolutions.back().client = address("::1");
    inputs[0].add(packet(1, 1002, "203.0.113.1", 443));
    CHECK((learn_text(inputs).find("uid-1002: a.example") != std::string::npos) == !tells);
  }
}

TEST_CASE("an answer without a port, of which the log lost the question") {
  for (const bool tells : {false, true}) {
    std::vector<Observations> inputs;
    inputs.push_back(log("netfilter", Trust::packet));
    inputs.push_back(log("dnsmasq", Trust::packet));
    if (tells) query(inputs[0], 0, 1001, 40001);
    answer(inputs[1], 0, "a.example", "203.0.113.1");
    inputs[1].resolutions.back().turn = unknown_turn;
    inputs[0].add(packet(1, 1002, "203.0.113.1", 443));
    CHECK((learn_text(inputs).find("uid-1002: a.example") != std::string::npos) == !tells);
  }
}

TEST_CASE("answers that name nothing are counted") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("dnsmasq", Trust::packet));
  query(inputs[0], 0, 1001, 40001);
  answer(inputs[1], 0, "a.example", "203.0.113.1", 40001);
  answer(inputs[1], 0, "b.example", "203.0.113.1", 40002);
  for (Observations& input : inputs) input.finish();
  Diagnostics diagnostics;
  CHECK(learn_policy(inputs, {}, diagnostics).summary.unattributed == 1);
}

TEST_CASE("more flows than --max-flows are an error") {
  for (const std::size_t most : {1U, 2U}) {
    std::vector<Observations> inputs;
    inputs.push_back(log("netfilter", Trust::packet));
    for (const std::uint16_t port : {80, 443, 443}) inputs[0].add(packet(1, 1002, "203.0.113.1", port));
    inputs[0].finish();
    LearnOptions options;
    options.max_flows = most;
    Diagnostics diagnostics;
    learn_policy(inputs, options, diagnostics);
    CHECK(diagnostics.has_errors() == (most == 1));
  }
}

TEST_CASE("of many names at once none is called") {
  const auto learnt = [](int names, int inside, const LearnOptions& options) {
    std::vector<Observations> inputs;
    inputs.push_back(log("netfilter", Trust::packet));
    inputs.push_back(log("dnsmasq", Trust::packet));
    for (int i = 0; i < names; ++i) {
      const std::string name = "n" + std::to_string(i) + ".example";
      answer(inputs[1], 0, name, "203.0.113.1");
      if (i < inside) answer(inputs[1], 0, name, "10.0.0.1");
    }
    inputs[0].add(packet(1, 1002, "203.0.113.1", 443));
    return learn_text(inputs, options);
  };
  LearnOptions review;
  review.ambiguous = Ambiguous::review;
  CHECK(learnt(32, 0, {}).find("n0.example|n1.example|") != std::string::npos);
  CHECK(learnt(33, 0, {}) == "uid-1002: 203.0.113.1 tcp/443;\n");
  CHECK(learnt(33, 0, review) == "uid-1002: [ambiguous] 203.0.113.1 tcp/443;\n");
  // One good name among them is enough, wherever it stands.
  CHECK(learnt(40, 39, {}) == "uid-1002: 203.0.113.1 tcp/443;\n");
  CHECK(learnt(40, 40, {}) == "uid-1002: [rebinding] 203.0.113.1 tcp/443;\n");
}

TEST_CASE("names come and go: each second has its own") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("dnsmasq", Trust::packet));
  answer(inputs[1], 0, "a.example", "203.0.113.1", 0, 60);
  answer(inputs[1], 100, "b.example", "203.0.113.1", 0, 60);
  answer(inputs[1], 150, "a.example", "203.0.113.1", 0, 60);
  LearnOptions options;
  options.dns_grace = 0;
  for (const double when : {30.0, 60.0, 80.0, 120.0, 155.0, 170.0})
    inputs[0].add(packet(when, 1002, "203.0.113.1", 443));
  CHECK(learn_text(inputs, options) ==
        "uid-1002: a.example tcp/443 @203.0.113.1; a.example|b.example tcp/443 @203.0.113.1; "
        "b.example tcp/443 @203.0.113.1;\n");
}

TEST_CASE("another host's question names nothing here") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("dnsmasq", Trust::packet));
  query(inputs[0], 0, 1001, 40001);
  answer(inputs[1], 0, "other.example", "203.0.113.1", 50000);
  inputs[1].resolutions.back().client = address("192.0.2.99");
  inputs[0].add(packet(1, 1002, "203.0.113.1", 443));
  CHECK(learn_text(inputs).find("uid-1002: 203.0.113.1 tcp/443;") != std::string::npos);
}

TEST_CASE("what another host was answered opens nothing that was not reached") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("dnsmasq", Trust::packet));
  for (const char* to : {"203.0.113.1", "203.0.113.2"}) {
    answer(inputs[1], 0, "a.example", to);
    inputs[1].resolutions.back().client = address("192.0.2.77");
  }
  inputs[0].add(packet(1, 1002, "203.0.113.1", 443));
  CHECK(learn_text(inputs) == "uid-1002: a.example tcp/443 @203.0.113.1;\n");
  // This host was told the same.
  answer(inputs[1], 0, "a.example", "203.0.113.2");
  CHECK(learn_text(inputs) == "uid-1002: a.example tcp/443 @203.0.113.1 @203.0.113.2;\n");
  // It asks by loopback: what comes from elsewhere is another host's.
  inputs[1].resolutions.back().client = address("127.0.0.1");
  CHECK(learn_text(inputs) == "uid-1002: 203.0.113.1 tcp/443;\n");
}

TEST_CASE("a resolver's log that nobody vouches for names nothing") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("dnsmasq", Trust::claimed));
  answer(inputs[1], 0, "a.example", "203.0.113.1");
  inputs[0].add(packet(1, 1002, "203.0.113.1", 443));
  CHECK(learn_text(inputs) == "uid-1002: 203.0.113.1 tcp/443;\n");
}

TEST_CASE("a name's other addresses are taken over, but no special ones") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("dnsmasq", Trust::packet));
  for (const char* to : {"203.0.113.1", "203.0.113.2", "0.0.0.0", "224.0.0.1", "255.255.255.255"})
    answer(inputs[1], 0, "a.example", to);
  inputs[0].add(packet(1, 1002, "203.0.113.1", 443));
  CHECK(learn_text(inputs) == "uid-1002: a.example tcp/443 @203.0.113.1 @203.0.113.2;\n");
}

TEST_CASE("a name that leads inside is for review, wherever it led this time") {
  for (const char* inside : {"127.0.0.1",
                             "10.1.2.3",
                             "172.16.0.1",
                             "192.168.0.1",
                             "100.64.0.1",
                             "169.254.169.254",
                             "169.254.0.1",
                             "::1",
                             "fd00::1",
                             "fe80::1",
                             "fec0::1",
                             "0.0.0.5",
                             "192.0.0.5",
                             "198.18.0.5",
                             "240.0.0.5",
                             "5f00::1",
                             "64:ff9b::a00:5",
                             "64:ff9b:1::a00:5",
                             "64:ff9b::a9fe:a9fe",
                             "2002:a00:5::1",
                             "2001:0:cb00:7101::f5ff:fffa",
                             "::a00:5",
                             "::ffff:0:a00:5",
                             "2001:db8::5efe:a00:5"}) {
    CAPTURE(inside);
    std::vector<Observations> inputs;
    inputs.push_back(log("netfilter", Trust::packet));
    inputs.push_back(log("dnsmasq", Trust::packet));
    answer(inputs[1], 0, "rebind.example", "203.0.113.1");
    answer(inputs[1], 0, "rebind.example", inside);
    answer(inputs[1], 0, "good.example", "203.0.113.2");
    inputs[0].add(packet(1, 1002, "203.0.113.1", 443));
    inputs[0].add(packet(1, 1002, "203.0.113.2", 443));
    CHECK(learn_text(inputs) ==
          "uid-1002: good.example tcp/443 @203.0.113.2; [rebinding] rebind.example tcp/443 "
          "@203.0.113.1;\n");
    LearnOptions allowed;
    allowed.may_be_inside = [&](std::uint32_t uid, const DomainName& name, const Address& to) {
      return uid == 1002 && name.key() == "rebind.example" && to == address(inside);
    };
    const std::string text = learn_text(inputs, allowed);
    CHECK((text.find("[rebinding]") == std::string::npos) == (text.find(" rebind.example") != std::string::npos));
    CHECK(text.find("[rebinding]") == std::string::npos);
  }
}

TEST_CASE("a public address behind a translator is not inside") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("dnsmasq", Trust::packet));
  answer(inputs[1], 0, "a.example", "203.0.113.1");
  answer(inputs[1], 0, "a.example", "64:ff9b::cb00:7101");
  inputs[0].add(packet(1, 1002, "203.0.113.1", 443));
  CHECK(learn_text(inputs) == "uid-1002: a.example tcp/443 @203.0.113.1 @64:ff9b::cb00:7101;\n");
  inputs[0].add(packet(1, 1003, "64:ff9b::a9fe:a9fe", 80));
  CHECK(learn_text(inputs).ends_with("uid-1003: [metadata] 64:ff9b::a9fe:a9fe tcp/80;\n"));
}

TEST_CASE("what is inside by definition, or by the host's own file, is not for review") {
  const auto learnt = [](std::string_view format, std::string_view name, std::string_view to) {
    std::vector<Observations> inputs;
    inputs.push_back(log("netfilter", Trust::packet));
    inputs.push_back(log(format, Trust::packet));
    answer(inputs[1], 0, name, to);
    inputs[0].add(packet(1, 1002, to, 443));
    return learn_text(inputs);
  };
  CHECK(learnt("dnsmasq", "localhost", "127.0.0.1") == "uid-1002: localhost tcp/443 @127.0.0.1;\n");
  CHECK(learnt("dnsmasq", "app.localhost", "::1") == "uid-1002: app.localhost tcp/443 @::1;\n");
  CHECK(learnt("dnsmasq", "localhost", "10.0.0.1") == "uid-1002: [rebinding] localhost tcp/443 @10.0.0.1;\n");
  CHECK(learnt("dnsmasq", "mylocalhost", "127.0.0.1") == "uid-1002: [rebinding] mylocalhost tcp/443 @127.0.0.1;\n");
  CHECK(learnt("hosts", "db.example", "10.0.0.1") == "uid-1002: db.example tcp/443 @10.0.0.1;\n");
  CHECK(learnt("dnsmasq", "db.example", "10.0.0.1") == "uid-1002: [rebinding] db.example tcp/443 @10.0.0.1;\n");
}

TEST_CASE("nobody pushes another's name into review: one good name among several is enough") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("dnsmasq", Trust::packet));
  answer(inputs[1], 0, "good.example", "203.0.113.1");
  answer(inputs[1], 0, "evil.example", "203.0.113.1");
  answer(inputs[1], 0, "evil.example", "10.0.0.1");
  inputs[0].add(packet(1, 1002, "203.0.113.1", 443));
  CHECK(learn_text(inputs) == "uid-1002: evil.example|good.example tcp/443 @203.0.113.1;\n");
}

TEST_CASE("what several names fit is pinned, or for review where that is asked for") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("dnsmasq", Trust::packet));
  answer(inputs[1], 0, "a.example", "203.0.113.1");
  answer(inputs[1], 0, "b.example", "203.0.113.1");
  answer(inputs[1], 0, "c.example", "203.0.113.2");
  inputs[0].add(packet(1, 1002, "203.0.113.1", 443));
  inputs[0].add(packet(1, 1002, "203.0.113.2", 443));
  LearnOptions options;
  options.ambiguous = Ambiguous::review;
  CHECK(learn_text(inputs, options) ==
        "uid-1002: c.example tcp/443 @203.0.113.2; [ambiguous] a.example|b.example tcp/443 @203.0.113.1;\n");
}

TEST_CASE("a grace of one's own") {
  const auto learnt = [](Micros grace) {
    std::vector<Observations> inputs;
    inputs.push_back(log("netfilter", Trust::packet));
    inputs.push_back(log("unbound", Trust::packet));
    answer(inputs[1], 0, "a.example", "203.0.113.1", 0, 60);
    inputs[0].add(packet(100, 1002, "203.0.113.1", 443));
    LearnOptions options;
    options.dns_grace = grace;
    return learn_text(inputs, options);
  };
  CHECK(learnt(30 * second) == "uid-1002: 203.0.113.1 tcp/443;\n");
  CHECK(learnt(50 * second) == "uid-1002: a.example tcp/443 @203.0.113.1;\n");
}

TEST_CASE("a claim of a name alone speaks of the one flow that it can be") {
  const auto learnt = [](double when, std::uint16_t port, bool two, bool resolved) {
    std::vector<Observations> inputs;
    inputs.push_back(log("netfilter", Trust::packet));
    inputs.push_back(log("agent-json", Trust::claimed));
    inputs.push_back(log("dnsmasq", Trust::packet));
    inputs[0].add(packet(5, 1002, "203.0.113.1", 443));
    if (two) inputs[0].add(packet(5, 1002, "203.0.113.2", 443));
    if (resolved) answer(inputs[2], 4, "b.example", "203.0.113.99");
    Claim said = claim(inputs[1], 1002, "a.example", port);
    said.at = at(when);
    inputs[1].claims.push_back(said);
    for (Observations& input : inputs) input.finish();
    Diagnostics diagnostics;
    const Policy policy = learn_policy(inputs, {}, diagnostics).policy;
    const Grant& grant = policy.subjects.front().allow.front();
    CHECK(policy.subjects.front().review.size() == 1);
    CHECK(grant.prefix);
    return grant.evidence.claimed.empty() ? std::string() : grant.evidence.claimed.front();
  };
  CHECK(learnt(5.9, 443, false, false) == "a.example");
  CHECK(learnt(4, 443, false, false) == "a.example");
  CHECK(learnt(8, 443, false, false).empty());
  CHECK(learnt(5, 80, false, false).empty());
  CHECK(learnt(5, 443, true, false).empty());
  CHECK(learnt(5, 443, false, true).empty());
}

TEST_CASE("a name is spelled as it was asked, if always in the same way") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("dnsmasq", Trust::packet));
  answer(inputs[1], 0, "WwW.ExAmPlE", "203.0.113.1");
  inputs[0].add(packet(1, 1002, "203.0.113.1", 443));
  CHECK(learn_text(inputs).find("WwW.ExAmPlE") != std::string::npos);
  answer(inputs[1], 0, "www.example", "203.0.113.1");
  CHECK(learn_text(inputs).find("uid-1002: www.example") != std::string::npos);
}

TEST_CASE("text that is no host name names nothing") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("dnsmasq", Trust::packet));
  answer(inputs[1], 0, "x\"; accept; #", "203.0.113.1");
  inputs[0].add(packet(1, 1002, "203.0.113.1", 443));
  CHECK(learn_text(inputs) == "uid-1002: 203.0.113.1 tcp/443;\n");
}

TEST_CASE("an answer that holds at any time names all connections, before and after") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("hosts", Trust::packet));
  answer(inputs[1], 0, "db.example", "203.0.113.1");
  inputs[1].resolutions.back().at = any_time;
  inputs[0].add(packet(-1e8, 1001, "203.0.113.1", 5432));
  inputs[0].add(packet(1e8, 1002, "203.0.113.1", 5432));
  for (Observations& input : inputs) input.finish();
  Diagnostics diagnostics;
  const Learnt learnt = learn_policy(inputs, {}, diagnostics);
  CHECK(describe(learnt.policy) ==
        "uid-1001: db.example tcp/5432 @203.0.113.1;\nuid-1002: db.example tcp/5432 @203.0.113.1;\n");
  CHECK(diagnostics.all().empty());  // times that do not overlap would be said here

  SUBCASE("but not those of a file that nobody vouches for") {
    inputs[1].trust = Trust::claimed;
    CHECK(describe(learn_policy(inputs, {}, diagnostics).policy) ==
          "uid-1001: 203.0.113.1 tcp/5432;\nuid-1002: 203.0.113.1 tcp/5432;\n");
  }
}

TEST_CASE("an answer whose asker's user is known names that user's connections only") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("resolved", Trust::packet));
  answer(inputs[1], 0, "one.example", "203.0.113.1");
  inputs[1].resolutions.back().uid = 1001;
  answer(inputs[1], 0, "two.example", "203.0.113.1");
  inputs[1].resolutions.back().uid = 1002;
  for (const std::uint32_t uid : {1001U, 1002U, 1003U}) inputs[0].add(packet(1, uid, "203.0.113.1", 443));
  CHECK(learn_text(inputs) ==
        "uid-1001: one.example tcp/443 @203.0.113.1;\nuid-1002: two.example tcp/443 @203.0.113.1;\n"
        "uid-1003: 203.0.113.1 tcp/443;\n");
}
