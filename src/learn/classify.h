// What an attempt may become: a grant, or a review entry with its reason.
#pragma once

#include <optional>

#include "attempts.h"
#include "egressc/policy.h"

namespace egressc {

// nullopt: a grant. Metadata services come first, whatever the evidence; see LANGUAGE, "What a grant is made of".
std::optional<Reason> reason_for_review(const Attempt& attempt, const LearnOptions& options);

// Metadata, noise or neither: what the destination alone says.
std::optional<Reason> reason_of_destination(const Address& to, std::uint8_t protocol, std::uint16_t port);

// Loopback, private or link-local: where a name that others can change should not lead.
bool is_inside(const Address& address);

// Whether a policy has a word for the protocol: tcp, udp, icmp, icmpv6, or unknown (which becomes `any`).
bool is_grantable_protocol(std::uint8_t protocol);

// The service of an attempt. An unknown protocol is `assumed`.
Service service_of(std::uint8_t protocol, std::uint16_t port, Protocol assumed);

}  // namespace egressc
