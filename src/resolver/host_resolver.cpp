#include <ares.h>
#include <fmt/core.h>
#include <unistd.h>

#include <chrono>

#include "resolver/resolver.h"
#include "resolver/asking.h"

namespace egressc {
namespace resolver {
namespace {

constexpr std::chrono::seconds patience{20};
// Each server is given 2 seconds, and then 4.
constexpr int first_timeout = 2000, tries = 2;

Failure failure_of(int status) { return {fmt::format("the resolver (c-ares): {}", ares_strerror(status))}; }

std::string servers_text(const DnsServer& server) {
  const bool is_four = server.address.family == Family::ipv4;
  return fmt::format("{}{}{}:{}", is_four ? "" : "[", to_string(server.address), is_four ? "" : "]", server.port);
}

class HostResolver final : public Resolver {
 public:
  HostResolver(std::string netns, std::optional<DnsServer> server) : netns_(std::move(netns)), server_(server) {}
  HostResolver(const HostResolver&) = delete;
  HostResolver& operator=(const HostResolver&) = delete;
  ~HostResolver() override {
    if (is_ready_) ares_library_cleanup();
  }

  Result<std::vector<std::optional<DnsAnswer>>> ask(std::span<const DnsQuestion> questions, int stop) override {
    if (!is_ready_)
      if (const int status = ares_library_init(ARES_LIB_INIT_ALL); status != ARES_SUCCESS) return failure_of(status);
    is_ready_ = true;
    std::string path = fmt::format("/etc/netns/{}/resolv.conf", netns_);
    if (netns_.empty() || ::access(path.c_str(), F_OK) != 0) path = "/etc/resolv.conf";
    ares_options options{};
    options.timeout = first_timeout;
    options.tries = tries;
    options.resolvconf_path = path.data();
    ares_channel channel = nullptr;
    const int made = ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_RESOLVCONF);
    if (made != ARES_SUCCESS) return failure_of(made);
    Asking asking(channel, questions);
    if (server_)
      if (const int set = ares_set_servers_ports_csv(channel, servers_text(*server_).c_str()); set != ARES_SUCCESS)
        return failure_of(set);
    return asking.run(std::chrono::steady_clock::now() + patience, stop);
  }

 private:
  std::string netns_;
  std::optional<DnsServer> server_;
  bool is_ready_ = false;
};

}  // namespace
}  // namespace resolver

std::unique_ptr<Resolver> make_resolver(const std::string& netns, std::optional<DnsServer> server) {
  return std::make_unique<resolver::HostResolver>(netns, server);
}

}  // namespace egressc
