#include <doctest/doctest.h>

#include "report/refresh.h"

using namespace egressc;

namespace {

RefreshEvent event(RefreshKind kind, std::string_view name, Family family, std::string why = {}) {
  return {kind, DomainName::parse(name).value(), family, std::nullopt, std::move(why)};
}

std::string said(std::vector<RefreshEvent> events) { return describe_refresh(events, {}); }

constexpr Family v4 = Family::ipv4, v6 = Family::ipv6;

}  // namespace

TEST_CASE("of a name that was asked for twice it is said which of the two was not answered") {
  using enum RefreshKind;
  CHECK(said({event(failed, "a.example", v4, "late"), event(failed, "a.example", v6, "late")}) ==
        "warning: not answered (late): a.example; what they mean stays as it is\n");
  CHECK(said({event(failed, "a.example", v6, "late")}) ==
        "warning: not answered (late): a.example (IPv6); what they mean there stays as it is\n");
  CHECK(said({event(failed, "a.example", v4, "late"), event(failed, "a.example", v6, "refused"),
              event(failed, "b.example", v4, "late"), event(failed, "b.example", v6, "late")}) ==
        "warning: not answered (late): a.example (IPv4), b.example; what they mean there stays as it is\n"
        "warning: not answered (refused): a.example (IPv6); what they mean there stays as it is\n");
  CHECK(said({event(recovered, "a.example", v4)}) == "answered again: a.example (IPv4)\n");
  CHECK(said({event(recovered, "a.example", v4), event(recovered, "a.example", v6)}) == "answered again: a.example\n");
}

TEST_CASE("an answer for one family closes nothing of the other") {
  using enum RefreshKind;
  CHECK(said({event(no_name, "a.example", v4), event(no_name, "a.example", v6)}) ==
        "a.example: there is no such name; what it meant closes in 5 min 0 s\n");
  CHECK(said({event(no_name, "a.example", v6), event(no_name, "b.example", v6)}) ==
        "a.example: there is no such name; what it meant over IPv6 closes in 5 min 0 s\n"
        "b.example: there is no such name; what it meant over IPv6 closes in 5 min 0 s\n");
}
