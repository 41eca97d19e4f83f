// Policies for tests, built by hand.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "egressc/policy.h"

namespace egressc::policies {

inline Grant grant(std::string_view prefix, const std::vector<std::string>& services) {
  Grant grant;
  grant.prefix = parse_prefix(prefix).value();
  for (const std::string& service : services) grant.services.push_back(parse_service(service).value());
  return grant;
}

inline Grant named(std::string_view name, const std::vector<std::string>& services,
                   const std::vector<std::string>& addresses) {
  Grant grant;
  grant.names.push_back(DomainName::parse_pattern(name).value());
  for (const std::string& service : services) grant.services.push_back(parse_service(service).value());
  for (const std::string& address : addresses) grant.addresses.push_back(parse_prefix(address).value());
  return grant;
}

inline Subject subject(std::string label, std::vector<IdRange> uids, std::vector<IdRange> gids,
                       std::vector<Grant> allow) {
  Subject subject;
  subject.label = std::move(label);
  subject.uids = std::move(uids);
  subject.gids = std::move(gids);
  subject.allow = std::move(allow);
  return subject;
}

}  // namespace egressc::policies
