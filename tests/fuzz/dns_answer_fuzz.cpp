// Any bytes as an answer of a resolver: addresses come with a time, and are no more than fit.
#include <ares.h>

#include <cstdint>
#include <cstdlib>

#include "resolver/answer.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace egressc;
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const DnsAnswer answer = resolver::read_answer(ARES_SUCCESS, {data, size}, family);
    require(answer.addresses.empty() == (answer.outcome != DnsOutcome::addresses));
    require(answer.addresses.size() * 16 <= size);
    require(answer.ttl.count() >= 0);
    require(answer.why.empty() == (answer.outcome != DnsOutcome::failed));
    if (family == Family::ipv4)
      for (const Address& address : answer.addresses) require(address.family == Family::ipv4);
  }
  return 0;
}
