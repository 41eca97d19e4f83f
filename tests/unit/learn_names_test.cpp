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

TEST_CASE("a port that two subjects had in the same second names nobody in particular") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("dnsmasq", Trust::packet));
  query(inputs[0], 0, 1001, 40001);
  query(inputs[0], 0.5, 1002, 40001);
  answer(inputs[1], 0.6, "a.example", "203.0.113.1", 40001);
  inputs[0].add(packet(2, 1003, "203.0.113.1", 443));
  CHECK(learn_text(inputs).find("uid-1003: a.example") != std::string::npos);
}

TEST_CASE("a packet speaks for the queries of its own second only") {
  std::vector<Observations> inputs;
  inputs.push_back(log("netfilter", Trust::packet));
  inputs.push_back(log("dnsmasq", Trust::packet));
  query(inputs[0], 0, 1001, 40001);
  answer(inputs[1], 2, "a.example", "203.0.113.1", 40001);  // who has the port by now is not logged
  inputs[0].add(packet(3, 1002, "203.0.113.1", 443));
  CHECK(learn_text(inputs).find("uid-1002: a.example") != std::string::npos);
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
  for (const char* to :
       {"203.0.113.1", "203.0.113.2", "169.254.169.254", "127.0.0.1", "0.0.0.0", "224.0.0.1", "fe80::1"})
    answer(inputs[1], 0, "rebind.example", to);
  inputs[0].add(packet(1, 1002, "203.0.113.1", 443));
  CHECK(learn_text(inputs) == "uid-1002: rebind.example tcp/443 @203.0.113.1 @203.0.113.2;\n");
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
