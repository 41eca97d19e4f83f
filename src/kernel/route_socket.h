// Requests to rtnetlink(7), one at a time.
#pragma once

#include <libmnl/libmnl.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "egressc/diagnostics.h"
#include "kernel/owned_fd.h"

namespace egressc::kernel {

// A message in the making, for the libmnl functions that add attributes.
class RouteRequest {
 public:
  // `flags` besides NLM_F_REQUEST and NLM_F_ACK.
  RouteRequest(std::uint16_t type, std::uint16_t flags) : message_(::mnl_nlmsg_put_header(buffer_)) {
    message_->nlmsg_type = type;
    message_->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    message_->nlmsg_seq = 1;
  }
  RouteRequest(const RouteRequest&) = delete;
  RouteRequest& operator=(const RouteRequest&) = delete;

  template <typename Header>
  Header& put_header() {
    return *static_cast<Header*>(::mnl_nlmsg_put_extra_header(message_, sizeof(Header)));
  }
  nlmsghdr* message() { return message_; }

 private:
  alignas(nlmsghdr) char buffer_[1024];
  nlmsghdr* message_;
};

class RouteSocket {
 public:
  // In the calling thread's network namespace.
  static Result<RouteSocket> open();

  // 0, or the errno that the kernel answers with.
  int ask(RouteRequest& request);

 private:
  struct Close {
    void operator()(mnl_socket* socket) const { ::mnl_socket_close(socket); }
  };
  std::unique_ptr<mnl_socket, Close> socket_;
};

}  // namespace egressc::kernel
