// Observations built by hand.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "egressc/learn.h"

namespace egressc::test {

inline Address address(std::string_view text) { return *parse_address(text); }

inline Observations log(std::string_view format, Trust trust, std::string file = "a.log") {
  Observations observations;
  observations.file = std::move(file);
  observations.format = format;
  observations.trust = trust;
  observations.lines = 1;
  return observations;
}

// 12:00:00 on an arbitrary day, and `seconds` later.
inline Micros at(double seconds) {
  return *parse_iso_time("2026-11-23T12:00:00Z") + static_cast<Micros>(seconds * static_cast<double>(second));
}

inline Connection packet(double when, std::uint32_t uid, std::string_view to, std::uint16_t port,
                         std::uint8_t protocol = ip_protocol::tcp) {
  Connection connection;
  connection.at = at(when);
  connection.uid = connection.gid = uid;
  connection.from = address("192.0.2.10");
  connection.from_port = 40000;
  connection.to = address(to);
  connection.port = port;
  connection.protocol = protocol;
  return connection;
}

inline void query(Observations& packets, double when, std::uint32_t uid, std::uint16_t from_port) {
  Connection connection = packet(when, uid, "192.0.2.53", 53, ip_protocol::udp);
  connection.from = address("192.0.2.10");
  connection.from_port = from_port;
  packets.add(connection);
}

inline void answer(Observations& resolver, double when, std::string_view name, std::string_view to,
                   std::uint16_t client_port = 0, std::uint32_t ttl = 0) {
  Resolution resolution;
  resolution.at = at(when);
  resolution.client = address("192.0.2.10");
  resolution.client_port = client_port;
  resolution.asked = resolver.strings.intern(name);
  resolution.answer = address(to);
  resolution.ttl = ttl;
  resolver.resolutions.push_back(resolution);
}

inline Claim claim(Observations& agent, std::uint32_t uid, std::string_view host, std::uint16_t port) {
  Claim claim;
  claim.at = at(0);
  claim.uid = uid;
  claim.port = port;
  if (const auto to = parse_address(host)) {
    claim.to = *to;
    claim.has_address = true;
  } else {
    claim.host = agent.strings.intern(host);
  }
  return claim;
}

inline std::string describe(const Grant& grant) {
  std::string text;
  for (const DomainName& name : grant.names) text += (text.empty() ? "" : "|") + name.spelling();
  if (grant.prefix) text += to_string(*grant.prefix);
  for (const Service& service : grant.services) text += " " + to_string(service);
  for (const Prefix& prefix : grant.addresses) text += " @" + to_string(prefix);
  return text;
}

// "uid-1000: 203.0.113.1 tcp/443; review denied 203.0.113.2 tcp/80\n" for each subject, then the policy's own review.
inline std::string describe(const Policy& policy) {
  std::string text;
  const auto reviews = [&](const std::vector<Review>& list) {
    for (const Review& review : list)
      text += " [" + std::string(to_string(review.reason)) + "] " + describe(review.what) + ";";
  };
  for (const Subject& subject : policy.subjects) {
    text += subject.label + ":";
    for (const Grant& grant : subject.allow) text += " " + describe(grant) + ";";
    reviews(subject.review);
    text += "\n";
  }
  if (!policy.review.empty()) {
    text += "-:";
    reviews(policy.review);
    text += "\n";
  }
  return text;
}

inline std::string learn_text(std::vector<Observations>& inputs, const LearnOptions& options = {}) {
  for (Observations& input : inputs) input.finish();
  Diagnostics diagnostics;
  return describe(learn_policy(inputs, options, diagnostics).policy);
}

}  // namespace egressc::test
