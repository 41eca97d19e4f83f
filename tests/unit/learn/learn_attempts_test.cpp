// The attempts themselves, for a replay.
#include <doctest/doctest.h>

#include "learn_fixture.h"

using namespace egressc;
using namespace egressc::test;

namespace {

// "1001 203.0.113.1 6/443 packet x2 (1 denied) www.example.com by netfilter"
std::string describe(const AttemptSeen& seen) {
  std::string text = seen.uid == no_id ? "-" : std::to_string(seen.uid);
  text += " " + to_string(seen.to) + " " + std::to_string(seen.protocol) + "/" + std::to_string(seen.port) + " " +
          std::string(to_string(seen.trust)) + " x" + std::to_string(seen.seen);
  if (seen.denied != 0) text += " (" + std::to_string(seen.denied) + " denied)";
  for (const DomainName& name : seen.names) text += " " + name.spelling();
  for (const std::string& name : seen.claimed) text += " ?" + name;
  for (const std::string& format : seen.by) text += (&format == &seen.by.front() ? " by " : ",") + format;
  return text + "\n";
}

AttemptList list_of(std::vector<Observations>& inputs, const LearnOptions& options = {}) {
  for (Observations& input : inputs) input.finish();
  Diagnostics diagnostics;
  return attempts_of(inputs, options, diagnostics);
}

std::string text_of(const AttemptList& list) {
  std::string text;
  for (const AttemptSeen& seen : list.attempts) text += describe(seen);
  return text;
}

}  // namespace

TEST_CASE("attempts are joined over logs, named, and counted once") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("dnsmasq", Trust::packet));
  inputs.push_back(log("agent-json", Trust::claimed));
  query(inputs[0], 0, 1001, 4000);
  answer(inputs[1], 0, "www.example.com", "203.0.113.1", 4000, 60);
  inputs[0].add(packet(1, 1001, "203.0.113.1", 443));
  Connection stopped = packet(2, 1001, "203.0.113.1", 443);
  stopped.outcome = Outcome::denied;
  inputs[0].add(stopped);
  inputs[2].claims.push_back(claim(inputs[2], 1001, "203.0.113.1", 443));
  const AttemptList list = list_of(inputs);
  CHECK(text_of(list) ==
        "1001 192.0.2.53 17/53 packet x1 by netfilter\n"
        "1001 203.0.113.1 6/443 packet x2 (1 denied) www.example.com by agent-json,netfilter\n");
  CHECK(list.attempts.back().first == at(1));
  CHECK(list.attempts.back().last == at(2));
}

TEST_CASE("claims alone are attempts too, where they say enough") {
  std::vector<Observations> inputs;
  inputs.push_back(log("agent-json", Trust::claimed));
  inputs[0].claims.push_back(claim(inputs[0], 1001, "203.0.113.1", 443));
  inputs[0].claims.push_back(claim(inputs[0], 1001, "203.0.113.1", 443));
  inputs[0].claims.push_back(claim(inputs[0], 1001, "never.example.com", 443));
  inputs[0].claims.push_back(claim(inputs[0], no_id, "203.0.113.2", 443));
  const AttemptList list = list_of(inputs);
  CHECK(text_of(list) == "1001 203.0.113.1 6/443 claimed x2 by agent-json\n");
  CHECK(list.vague == 2);

  LearnOptions options;
  options.uids = {{7, 7}};
  const AttemptList others = list_of(inputs, options);
  // The only user is whose claims those are that tell no user.
  CHECK(text_of(others) == "7 203.0.113.2 6/443 claimed x1 by agent-json\n");
  CHECK(others.filtered == 2);
}

TEST_CASE("what is no egress, and whose nobody's packets are") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs[0].add(packet(0, 1001, "203.0.113.1", 443));
  inputs[0].add(packet(1, no_id, "203.0.113.1", 443));
  inputs[0].add(packet(1, no_id, "203.0.113.2", 443));
  Connection probe = packet(1, 1001, "203.0.113.3", 53, ip_protocol::udp);
  probe.outcome = Outcome::unsent;
  inputs[0].add(probe);
  inputs.push_back(log("agent-json", Trust::claimed));
  inputs[1].claims.push_back(claim(inputs[1], 1001, "203.0.113.3", 53));  // what the agent says makes it no egress
  const AttemptList list = list_of(inputs);
  CHECK(text_of(list) == "1001 203.0.113.1 6/443 packet x1 by netfilter\n- 203.0.113.2 6/443 packet x1 by netfilter\n");
  CHECK(list.tails == 1);
  CHECK(list.not_egress == 1);
}
