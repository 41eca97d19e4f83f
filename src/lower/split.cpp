#include <algorithm>

#include "lower/passes.h"

namespace egressc::lowering {
namespace {

bool is_echo(const Opening& opening) {
  return opening.service.protocol == Protocol::icmp || opening.service.protocol == Protocol::icmpv6;
}

bool has_family(const Opening& opening) {
  const Protocol wanted = opening.to.address.family == Family::ipv4 ? Protocol::icmp : Protocol::icmpv6;
  return opening.service.protocol == wanted;
}

}  // namespace

bool split(Work& work, Diagnostics&) {
  for (SubjectWork& subject : work.subjects) {
    const auto ports = std::stable_partition(subject.openings.begin(), subject.openings.end(), is_echo);
    for (auto opening = subject.openings.begin(); opening != ports; ++opening)
      if (has_family(*opening)) subject.echo.push_back(opening->to);
    subject.openings.erase(subject.openings.begin(), ports);
  }
  return true;
}

}  // namespace egressc::lowering
