#include "egressc/learn.h"

#include <doctest/doctest.h>

#include <optional>

#include "learn_fixture.h"

using namespace egressc;
using namespace egressc::test;

namespace {

Observations packets() { return log("netfilter", Trust::packet, "kern.log"); }

}  // namespace

TEST_CASE("what a packet alone comes to") {
  struct Row {
    const char* to;
    std::uint16_t port;
    std::uint8_t protocol;
    Outcome outcome;
    const char* policy;
  };
  const Row rows[] = {
      {"203.0.113.1", 443, 6, Outcome::attempted, "uid-1001: 203.0.113.1 tcp/443;\n"},
      {"203.0.113.1", 443, 6, Outcome::denied, "uid-1001: [denied] 203.0.113.1 tcp/443;\n"},
      {"169.254.169.254", 80, 6, Outcome::attempted, "uid-1001: [metadata] 169.254.169.254 tcp/80;\n"},
      {"fd00:ec2::254", 80, 6, Outcome::denied, "uid-1001: [metadata] fd00:ec2::254 tcp/80;\n"},
      {"224.0.0.251", 5353, 17, Outcome::attempted, "uid-1001: [noise] 224.0.0.251 udp/5353;\n"},
      {"255.255.255.255", 67, 17, Outcome::attempted, "uid-1001: [noise] 255.255.255.255 udp/67;\n"},
      {"192.0.2.1", 67, 17, Outcome::attempted, "uid-1001: [noise] 192.0.2.1 udp/67;\n"},
      {"fe80::1", 443, 6, Outcome::attempted, "uid-1001: [noise] fe80::1 tcp/443;\n"},
      {"203.0.113.1", 0, 1, Outcome::attempted, "uid-1001: 203.0.113.1 icmp;\n"},
      {"2001:db8::1", 0, 58, Outcome::attempted, "uid-1001: 2001:db8::1 icmpv6;\n"},
      {"203.0.113.1", 0, 50, Outcome::attempted, "uid-1001: [noise] 203.0.113.1;\n"},
      {"127.0.0.1", 8080, 6, Outcome::attempted, "uid-1001: 127.0.0.1 tcp/8080;\n"},
      {"203.0.113.1", 443, 0, Outcome::attempted, "uid-1001: 203.0.113.1 any/443;\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.policy);
    std::vector<Observations> inputs;
    inputs.push_back(packets());
    Connection connection = packet(0, 1001, row.to, row.port, row.protocol);
    connection.outcome = row.outcome;
    inputs[0].add(connection);
    CHECK(learn_text(inputs) == row.policy);
  }
}

TEST_CASE("whose socket it was, packets of that time say") {
  const struct {
    const char* name;
    double packet_at;
    std::uint32_t packet_uid;
    std::uint8_t protocol;  // that audit knows
    const char* policy;
  } rows[] = {
      {"the same user", 0, 1001, ip_protocol::tcp, "uid-1001: 203.0.113.1 tcp/443;\n"},
      {"another user", 0, 1002, ip_protocol::tcp, "uid-1002: 203.0.113.1 tcp/443;\n"},
      {"a second later", 1, 1002, ip_protocol::tcp, "uid-1002: 203.0.113.1 tcp/443;\n"},
      {"a second before", -1, 1002, ip_protocol::unknown, "uid-1002: 203.0.113.1 tcp/443;\n"},
      {"another time", 60, 1002, ip_protocol::tcp, "uid-1001: 203.0.113.1 tcp/443;\nuid-1002: 203.0.113.1 tcp/443;\n"},
      {"another protocol", 0, 1002, ip_protocol::udp,
       "uid-1001: 203.0.113.1 udp/443;\nuid-1002: 203.0.113.1 tcp/443;\n"},
      {"nobody's", 0, no_id, ip_protocol::tcp, "uid-1001: 203.0.113.1 tcp/443;\n"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.name);
    std::vector<Observations> inputs;
    inputs.push_back(packets());
    inputs.push_back(log("audit", Trust::kernel));
    inputs[0].add(packet(row.packet_at, row.packet_uid, "203.0.113.1", 443));
    inputs[1].add(packet(0, 1001, "203.0.113.1", 443, row.protocol));
    CHECK(learn_text(inputs) == row.policy);
  }
  std::vector<Observations> both;
  both.push_back(packets());
  both.push_back(log("audit", Trust::kernel));
  both[0].add(packet(0, 1001, "203.0.113.1", 443));
  both[0].add(packet(0, 1002, "203.0.113.1", 443));
  both[1].add(packet(0.5, 1001, "203.0.113.1", 443));
  both[1].add(packet(40, 1001, "203.0.113.1", 443));
  CHECK(learn_text(both) == "uid-1001: 203.0.113.1 tcp/443;\nuid-1002: 203.0.113.1 tcp/443;\n");
  std::vector<Observations> root;  // which opened the socket, and then became the user
  root.push_back(packets());
  root.push_back(log("audit", Trust::kernel));
  root[0].add(packet(0, 0, "203.0.113.1", 443));
  root[1].add(packet(0, 1001, "203.0.113.1", 443, ip_protocol::unknown));
  LearnOptions options;
  options.uids = {{1001, 1001}};
  CHECK(learn_text(root, options) == "-: [no-subject] 203.0.113.1 any/443;\n");
}

TEST_CASE("where a policy is in force, a system call tells no verdict") {
  const auto learn = [](std::uint32_t uid, Trust trust, std::optional<Outcome> verdict) {
    std::vector<Observations> inputs;
    inputs.push_back(log("audit", trust));
    inputs[0].add(packet(0, uid, "203.0.113.1", 443));
    if (verdict) {
      inputs.push_back(packets());
      Connection connection = packet(0, uid, "203.0.113.1", 443);
      connection.outcome = *verdict;
      inputs[1].add(connection);
    }
    LearnOptions options;
    options.is_enforced = [](std::uint32_t user, std::uint32_t) { return user == 1001; };
    return learn_text(inputs, options);
  };
  CHECK(learn(1001, Trust::kernel, {}) == "uid-1001: [denied] 203.0.113.1 tcp/443;\n");
  CHECK(learn(1001, Trust::kernel, Outcome::attempted) == "uid-1001: 203.0.113.1 tcp/443;\n");
  CHECK(learn(1001, Trust::kernel, Outcome::denied) == "uid-1001: [denied] 203.0.113.1 tcp/443;\n");
  CHECK(learn(1001, Trust::packet, {}) == "uid-1001: 203.0.113.1 tcp/443;\n");
  CHECK(learn(1002, Trust::kernel, {}) == "uid-1002: 203.0.113.1 tcp/443;\n");
}

TEST_CASE("a denial of egressc's own shows that a policy is in force for its user") {
  std::vector<Observations> inputs;
  inputs.push_back(log("audit", Trust::kernel));
  for (const std::uint32_t uid : {1001U, 1002U}) inputs[0].add(packet(0, uid, "203.0.113.1", 443));
  inputs.push_back(packets());
  inputs[1].denied_by_egressc = {1001};
  const std::string expected = "uid-1001: [denied] 203.0.113.1 tcp/443;\nuid-1002: 203.0.113.1 tcp/443;\n";
  CHECK(learn_text(inputs) == expected);
  inputs[1].trust = Trust::claimed;
  CHECK(learn_text(inputs) != expected);
}

TEST_CASE("denied attempts are granted only when asked for") {
  std::vector<Observations> inputs;
  inputs.push_back(packets());
  Connection connection = packet(0, 1001, "203.0.113.1", 443);
  connection.outcome = Outcome::denied;
  inputs[0].add(connection);
  LearnOptions options;
  options.include_denied = true;
  CHECK(learn_text(inputs, options) == "uid-1001: 203.0.113.1 tcp/443;\n");
}

TEST_CASE("packets decide where audit only saw the call") {
  std::vector<Observations> inputs;
  inputs.push_back(packets());
  inputs.push_back(log("audit", Trust::kernel));
  Connection connection = packet(0, 1001, "203.0.113.1", 443);
  inputs[1].add(connection);
  connection.protocol = ip_protocol::unknown;  // a descriptor that could not be traced
  inputs[1].add(connection);
  connection = packet(0, 1001, "203.0.113.1", 443);
  connection.outcome = Outcome::denied;
  inputs[0].add(connection);
  CHECK(learn_text(inputs) == "uid-1001: [denied] 203.0.113.1 tcp/443;\n");
  inputs[0].add(packet(5, 1001, "203.0.113.1", 443));
  CHECK(learn_text(inputs) == "uid-1001: 203.0.113.1 tcp/443;\n");
}

TEST_CASE("an unknown protocol is settled by a packet, by an option, or said to be any") {
  std::vector<Observations> inputs;
  inputs.push_back(log("audit", Trust::kernel));
  inputs.push_back(packets());
  inputs[0].add(packet(0, 1001, "203.0.113.1", 443, ip_protocol::unknown));
  LearnOptions options;
  CHECK(learn_text(inputs, options) == "uid-1001: 203.0.113.1 any/443;\n");
  options.assume_protocol = Protocol::tcp;
  CHECK(learn_text(inputs, options) == "uid-1001: 203.0.113.1 tcp/443;\n");
  options.assume_protocol.reset();
  inputs[1].add(packet(0, 1001, "203.0.113.1", 443, ip_protocol::udp));
  CHECK(learn_text(inputs, options) == "uid-1001: 203.0.113.1 udp/443;\n");
}

TEST_CASE("claims annotate what the kernel saw, and stand in review alone") {
  std::vector<Observations> inputs;
  inputs.push_back(packets());
  inputs.push_back(log("agent-json", Trust::claimed));
  inputs[0].add(packet(0, 1001, "203.0.113.1", 443));
  Observations& agent = inputs[1];
  agent.claims = {claim(agent, 1001, "203.0.113.1", 443), claim(agent, 1001, "203.0.113.200", 443),
                  claim(agent, 1001, "never.example", 443), claim(agent, 1002, "203.0.113.1", 443)};
  for (Observations& input : inputs) input.finish();
  Diagnostics diagnostics;
  const Learnt learnt = learn_policy(inputs, {}, diagnostics);
  CHECK(describe(learnt.policy) ==
        "uid-1001: 203.0.113.1 tcp/443; [claimed] never.example tcp/443; [claimed] 203.0.113.200 tcp/443;\n"
        "-: [claimed] 203.0.113.1 tcp/443;\n");
  CHECK(learnt.policy.subjects[0].allow[0].evidence.by == std::vector<std::string>{"agent-json", "netfilter"});
  CHECK(learnt.policy.subjects[0].allow[0].evidence.seen == 1);
  CHECK(learnt.summary.annotated == 1);
}

TEST_CASE("a name that only the agent uses is evidence, never the grant's name") {
  std::vector<Observations> inputs;
  inputs.push_back(packets());
  inputs.push_back(log("agent-json", Trust::claimed));
  inputs[0].add(packet(0, 1001, "203.0.113.1", 443));
  Claim said = claim(inputs[1], 1001, "203.0.113.1", 443);
  said.host = inputs[1].strings.intern("good.example");
  inputs[1].claims = {said};
  for (Observations& input : inputs) input.finish();
  Diagnostics diagnostics;
  const Learnt learnt = learn_policy(inputs, {}, diagnostics);
  CHECK(describe(learnt.policy) == "uid-1001: 203.0.113.1 tcp/443;\n");
  CHECK(learnt.policy.subjects[0].allow[0].evidence.claimed == std::vector<std::string>{"good.example"});
}

TEST_CASE("a claim finds its subject by the process that the kernel knows") {
  std::vector<Observations> inputs;
  inputs.push_back(log("audit", Trust::kernel));
  inputs.push_back(log("agent-text", Trust::claimed));
  SocketEvent event;
  event.at = at(0);
  event.pid = 77;
  event.fd = 3;
  event.uid = event.gid = 1001;
  event.has_address = true;
  event.to = address("203.0.113.1");
  event.port = 443;
  inputs[0].socket_events = {event};
  Claim said = claim(inputs[1], no_id, "203.0.113.200", 443);
  said.pid = 77;
  inputs[1].claims = {said};
  CHECK(learn_text(inputs) == "uid-1001: 203.0.113.1 any/443; [claimed] 203.0.113.200 tcp/443;\n");
}

TEST_CASE("--trust moves the line between grants and claims") {
  std::vector<Observations> inputs;
  inputs.push_back(packets());
  inputs.push_back(log("agent-json", Trust::claimed));
  inputs[0].add(packet(0, 1001, "203.0.113.1", 443));
  inputs[1].claims = {claim(inputs[1], 1001, "203.0.113.200", 443)};
  LearnOptions options;
  options.least = Trust::kernel;
  CHECK(learn_text(inputs, options) == "uid-1001: [claimed] 203.0.113.1 tcp/443; [claimed] 203.0.113.200 tcp/443;\n");
  options.least = Trust::claimed;
  CHECK(learn_text(inputs, options) == "uid-1001: 203.0.113.1 tcp/443; 203.0.113.200 tcp/443;\n");
}

TEST_CASE("a forged kernel log of unknown standing governs nobody") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::claimed));
  inputs[0].add(packet(0, 0, "203.0.113.1", 443));
  CHECK(learn_text(inputs) == "-: [claimed] 203.0.113.1 tcp/443;\n");
}

TEST_CASE("packets without an owner") {
  std::vector<Observations> inputs;
  inputs.push_back(packets());
  inputs[0].add(packet(0, 1001, "203.0.113.1", 443));
  inputs[0].add(packet(0, no_id, "203.0.113.1", 443));                        // the tail of the one above
  inputs[0].add(packet(0, no_id, "203.0.113.1", 443, ip_protocol::unknown));  // an audit address without its call
  inputs[0].add(packet(0, no_id, "203.0.113.2", 443));
  CHECK(learn_text(inputs) == "uid-1001: 203.0.113.1 tcp/443;\n-: [no-subject] 203.0.113.2 tcp/443;\n");
}

TEST_CASE("what was denied to nobody that is known is said to be denied") {
  std::vector<Observations> inputs;
  inputs.push_back(packets());
  Connection connection = packet(0, no_id, "203.0.113.1", 443);
  connection.outcome = Outcome::denied;
  inputs[0].add(connection);
  CHECK(learn_text(inputs) == "-: [denied] 203.0.113.1 tcp/443;\n");
  LearnOptions options;
  options.include_denied = true;
  CHECK(learn_text(inputs, options) == "-: [denied] 203.0.113.1 tcp/443;\n");
  inputs[0].add(packet(5, no_id, "203.0.113.1", 443));
  CHECK(learn_text(inputs) == "-: [no-subject] 203.0.113.1 tcp/443;\n");
}

TEST_CASE("subjects are chosen by uid, by gid, and root only when asked for") {
  std::vector<Observations> inputs;
  inputs.push_back(packets());
  for (const std::uint32_t uid : {0U, 1001U, 1002U}) {
    Connection connection = packet(0, uid, "203.0.113.1", 443);
    connection.gid = 5;
    inputs[0].add(connection);
  }
  LearnOptions options;
  CHECK(learn_text(inputs, options) ==
        "uid-0: 203.0.113.1 tcp/443;\nuid-1001: 203.0.113.1 tcp/443;\nuid-1002: 203.0.113.1 tcp/443;\n");
  options.scope = Scope::subjects;
  CHECK(learn_text(inputs, options) == "uid-1001: 203.0.113.1 tcp/443;\nuid-1002: 203.0.113.1 tcp/443;\n");
  options.scope.reset();
  options.uids = {{0, 1001}};
  CHECK(learn_text(inputs, options) == "uid-0: 203.0.113.1 tcp/443;\nuid-1001: 203.0.113.1 tcp/443;\n");
  options.uids = {{1001, 1001}};
  options.gids = {{5, 5}};
  CHECK(learn_text(inputs, options) == "uid-1001-gid-5: 203.0.113.1 tcp/443;\n");
  options.gids = {{6, 6}};
  CHECK(learn_text(inputs, options) == "");
}

TEST_CASE("two logs of one connection do not make it two") {
  std::vector<Observations> inputs;
  inputs.push_back(packets());
  inputs.push_back(log("audit", Trust::kernel));
  for (int i = 0; i < 3; ++i) {
    inputs[0].add(packet(i, 1001, "203.0.113.1", 443));
    inputs[1].add(packet(i + 0.01, 1001, "203.0.113.1", 443));
  }
  for (Observations& input : inputs) input.finish();
  Diagnostics diagnostics;
  const Policy policy = learn_policy(inputs, {}, diagnostics).policy;
  const Evidence& evidence = policy.subjects.at(0).allow.at(0).evidence;
  CHECK(evidence.seen == 3);
  CHECK(evidence.first == at(0));
  CHECK(evidence.last == at(2));
}

TEST_CASE("the order of inputs changes nothing") {
  const auto build = [](bool reversed) {
    std::vector<Observations> inputs;
    inputs.push_back(packets());
    inputs.push_back(log("audit", Trust::kernel, "b.log"));
    inputs.push_back(log("dnsmasq", Trust::packet, "c.log"));
    query(inputs[0], 0, 1001, 40001);
    inputs[0].add(packet(1, 1001, "203.0.113.1", 443));
    inputs[1].add(packet(1, 1001, "203.0.113.1", 443, ip_protocol::unknown));
    inputs[1].add(packet(1, 1002, "203.0.113.2", 443, ip_protocol::unknown));
    answer(inputs[2], 0, "z.example", "203.0.113.1", 40001);
    answer(inputs[2], 0, "a.example", "203.0.113.1", 40001);
    if (reversed) std::reverse(inputs.begin(), inputs.end());
    return learn_text(inputs);
  };
  CHECK(build(false) == build(true));
}

TEST_CASE("times that cannot overlap are pointed out") {
  std::vector<Observations> inputs;
  inputs.push_back(packets());
  inputs.push_back(log("dnsmasq", Trust::packet, "dns.log"));
  inputs[0].add(packet(0, 1001, "203.0.113.1", 443));
  answer(inputs[1], 86400 * 2, "a.example", "203.0.113.1");
  for (Observations& input : inputs) input.finish();
  Diagnostics diagnostics;
  learn_policy(inputs, {}, diagnostics);
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].where.file == "dns.log");
  CHECK(diagnostics.all()[0].message.find("kern.log") != std::string::npos);
}
