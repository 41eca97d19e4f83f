// Questions under way, by c-ares.
#pragma once

#include <ares.h>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "model/values/dns_answer.h"

namespace egressc::resolver {

// At most so many at a time: dnsmasq refuses more than 150 (dns-forward-max).
inline constexpr std::size_t most_at_a_time = 32;

class Asking {
 public:
  // The channel ends with it.
  Asking(ares_channel channel, std::span<const DnsQuestion> questions);
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

  // Until all are answered, the time is over, or `stop` can be read. Where none of as many as are asked at a time is
  // answered in time, nobody is there, and the others have failed, too.
  std::vector<std::optional<DnsAnswer>> run(std::chrono::steady_clock::time_point end, int stop);

 private:
  struct Slot {
    Asking* asking;
    std::size_t question;
  };
  static void hear(void* slot, int status, int timeouts, unsigned char* message, int size);
  void start();
  void give_up();
  bool turn(std::chrono::steady_clock::time_point end, int stop);

  struct Destroy {
    void operator()(ares_channel channel) const { ares_destroy(channel); }
  };
  std::span<const DnsQuestion> questions_;
  std::vector<Slot> slots_;
  std::vector<std::optional<DnsAnswer>> answers_;
  std::size_t started_ = 0;
  std::size_t ended_ = 0;
  bool is_heard_ = false;  // anything, of anybody
  // The last member, so that it ends first: what is under way then is heard of.
  std::unique_ptr<ares_channeldata, Destroy> channel_;
};

}  // namespace egressc::resolver
