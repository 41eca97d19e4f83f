#include "sources/audit_connection.h"

#include "sources/audit_values.h"

namespace egressc::audit {
namespace {

std::string_view plain(std::string_view value) {
  while (value.ends_with(',') || value.ends_with(';')) value.remove_suffix(1);
  if (value.size() >= 2 && (value[0] == '"' || value[0] == '\'') && value.back() == value[0])
    return value.substr(1, value.size() - 2);
  return value;
}

std::uint8_t protocol_named(std::string_view name) {
  if (name == "tcp" || name == "TCP") return ip_protocol::tcp;
  if (name == "udp" || name == "UDP") return ip_protocol::udp;
  if (name == "icmp" || name == "ICMP") return ip_protocol::icmp;
  if (name == "icmpv6" || name == "ICMPv6" || name == "ipv6-icmp") return ip_protocol::icmpv6;
  const auto number = decimal(name);
  return number && *number <= 255 ? static_cast<std::uint8_t>(*number) : ip_protocol::unknown;
}

}  // namespace

void add_connection(const Fields& fields, Micros at, StringId exe, Observations& observations, std::uint64_t line) {
  Connection connection;
  connection.at = at;
  connection.exe = exe;
  connection.uid = user_or_group(plain(fields[fields.has(Key::fsuid) ? Key::fsuid : Key::uid]));
  connection.gid = user_or_group(plain(fields[fields.has(Key::fsgid) ? Key::fsgid : Key::gid]));
  connection.protocol = protocol_named(plain(fields[Key::proto]));
  if (fields.has(Key::port)) {
    const auto port = decimal(plain(fields[Key::port]));
    if (!port || *port > 65535) {
      observations.skip("port not understood", line);
      return;
    }
    connection.port = static_cast<std::uint16_t>(*port);
  }
  for (const Key key : {Key::dst, Key::dst6}) {
    if (!fields.has(key)) continue;
    if (const auto to = parse_address(plain(fields[key]))) {
      connection.to = *to;
      observations.add(connection);
    } else {
      observations.skip("address not understood", line);
    }
  }
}

}  // namespace egressc::audit
