// What the audit source makes of literal lines.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "sources/format_fixture.h"

namespace egressc {

inline Observations read_audit(std::string_view lines, const ParseContext& context = {}) {
  Observations observations;
  const LogParser parser = open_log("audit", context, observations);
  parser.feed(lines);
  parser.finish();
  return observations;
}

// "connect 192.0.2.1:443 pid=700 fd=5 exit=-115 uid=1001 gid=100 /usr/bin/curl", one line an event.
inline std::string events_of(const Observations& observations) {
  static constexpr std::string_view names[] = {"socket", "connect", "send", "disconnect", "other"};
  std::string text;
  for (const SocketEvent& event : observations.socket_events) {
    text += names[static_cast<int>(event.op)];
    if (event.op == SocketOp::socket)
      text += " type=" + std::to_string(event.socket_type) + " protocol=" + std::to_string(event.protocol);
    if (event.has_address) text += " " + to_string(event.to) + " port " + std::to_string(event.port);
    if (event.fast_open) text += " fast-open";
    text += " pid=" + std::to_string(event.pid) + " fd=" + std::to_string(event.fd);
    text += " exit=" + std::to_string(event.exit);
    text += event.uid == no_id ? " uid=?" : " uid=" + std::to_string(event.uid);
    text += event.gid == no_id ? " gid=?" : " gid=" + std::to_string(event.gid);
    if (event.exe != 0) text += " " + std::string(observations.strings[event.exe]);
    text += "\n";
  }
  return text;
}

inline std::string events_of(std::string_view lines) { return events_of(read_audit(lines)); }

// "reason: count (first line)", one line a reason.
inline std::string skipped_of(const Observations& observations) {
  std::string text;
  for (const Skipped& skipped : observations.skipped)
    text += std::string(skipped.reason) + ": " + std::to_string(skipped.count) + " (" +
            std::to_string(skipped.first_line) + ")\n";
  return text;
}

// A SYSCALL record as the kernel writes it; `call` is "arch=… syscall=… success=… exit=… a0=… a1=… a2=… a3=…".
inline std::string system_call(std::string_view stamp, std::string_view call,
                               std::string_view program = "comm=\"curl\" exe=\"/usr/bin/curl\"") {
  return "type=SYSCALL msg=audit(" + std::string(stamp) + "): " + std::string(call) +
         " items=0 ppid=1 pid=700 auid=4294967295 uid=7 gid=8 euid=7 suid=7 fsuid=1001 egid=8 sgid=8 fsgid=100"
         " tty=(none) ses=4294967295 " +
         std::string(program) + " subj=unconfined key=\"egress\"\n";
}

inline std::string sockaddr(std::string_view stamp, std::string_view saddr) {
  return "type=SOCKADDR msg=audit(" + std::string(stamp) + "): saddr=" + std::string(saddr) + "\n";
}

inline constexpr std::string_view stamp = "1795419859.670:299666";
inline constexpr std::string_view connect_call =
    "arch=c000003e syscall=42 success=no exit=-115 a0=5 a1=7ffca6e887c0 a2=10 a3=5";
inline constexpr std::string_view saddr_443 = "020001BBC00002010000000000000000";  // 192.0.2.1, port 443
inline constexpr std::string_view connected =
    "connect 192.0.2.1 port 443 pid=700 fd=5 exit=-115 uid=1001 gid=100 /usr/bin/curl\n";

}  // namespace egressc
