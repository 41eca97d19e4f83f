#include "resolver/answer.h"

#include <ares.h>
#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <climits>
#include <string>

namespace egressc::resolver {
namespace {

// A message of 64 KiB has room for no more of the shortest records, of 16 bytes.
constexpr int most_records = 4096;

std::string words(int status) {
  switch (status) {
    case ARES_ETIMEOUT:
      return "no answer in time";
    case ARES_ECONNREFUSED:  // c-ares says so, too, after SERVFAIL, REFUSED or NOTIMP of every server
      return "no resolver could answer";
    case ARES_EFORMERR:
      return "FORMERR";
    case ARES_EBADRESP:
      return "what came is no answer";
    default:
      return ares_strerror(status);
  }
}

DnsAnswer without_addresses(DnsOutcome outcome) { return {outcome, {}, std::chrono::seconds(0), {}}; }

DnsAnswer failed(int status) { return {DnsOutcome::failed, {}, std::chrono::seconds(0), words(status)}; }

Address address_of(const ares_addrttl& record) { return ipv4(ntohl(record.ipaddr.s_addr)); }
Address address_of(const ares_addr6ttl& record) { return ipv6(record.ip6addr._S6_un._S6_u8); }

template <typename Record, typename Parse>
DnsAnswer parsed(std::span<const unsigned char> message, Parse parse) {
  std::vector<Record> records(most_records);
  int count = most_records;
  const int size = static_cast<int>(std::min<std::size_t>(message.size(), INT_MAX));
  const int status = parse(message.data(), size, nullptr, records.data(), &count);
  if (status != ARES_SUCCESS && status != ARES_ENODATA) return failed(status);
  if (status == ARES_ENODATA || count <= 0) return without_addresses(DnsOutcome::no_data);
  DnsAnswer answer{DnsOutcome::addresses, {}, std::chrono::seconds(INT_MAX), {}};
  for (int i = 0; i < count; ++i) {
    const Record& record = records[static_cast<std::size_t>(i)];
    answer.addresses.push_back(address_of(record));
    // One with the highest bit counts as 0 (RFC 2181, 8).
    answer.ttl = std::min(answer.ttl, std::chrono::seconds(std::max(record.ttl, 0)));
  }
  return answer;
}

}  // namespace

DnsAnswer read_answer(int status, std::span<const unsigned char> message, Family family) {
  switch (status) {
    case ARES_SUCCESS:
      return family == Family::ipv4 ? parsed<ares_addrttl>(message, ares_parse_a_reply)
                                    : parsed<ares_addr6ttl>(message, ares_parse_aaaa_reply);
    case ARES_ENODATA:
      return without_addresses(DnsOutcome::no_data);
    case ARES_ENOTFOUND:
      return without_addresses(DnsOutcome::no_name);
    default:
      return failed(status);
  }
}

}  // namespace egressc::resolver
