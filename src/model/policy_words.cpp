#include "model/policy_words.h"

namespace egressc {

std::string_view to_string(Scope scope) { return scope == Scope::host ? "host" : "subjects"; }

std::string_view to_string(Deny deny) { return deny == Deny::reject ? "reject" : "drop"; }

std::string_view to_string(Mode mode) { return mode == Mode::enforce ? "enforce" : "monitor"; }

std::string_view to_string(Established established) { return established == Established::keep ? "keep" : "cut"; }

std::string_view to_string(Baseline baseline) {
  switch (baseline) {
    case Baseline::ndp:
      return "ndp";
    case Baseline::mld:
      return "mld";
    case Baseline::dhcp:
      return "dhcp";
    case Baseline::icmp_errors:
      return "icmp-errors";
    case Baseline::loopback:
      return "loopback";
  }
  return "ndp";
}

std::string_view to_string(Reason reason) {
  switch (reason) {
    case Reason::metadata:
      return "metadata";
    case Reason::guard:
      return "guard";
    case Reason::claimed:
      return "claimed";
    case Reason::denied:
      return "denied";
    case Reason::noise:
      return "noise";
    case Reason::unsent:
      return "unsent";
    case Reason::rebinding:
      return "rebinding";
    case Reason::ambiguous:
      return "ambiguous";
    case Reason::no_subject:
      return "no-subject";
    case Reason::unused:
      return "unused";
  }
  return "claimed";
}

}  // namespace egressc
