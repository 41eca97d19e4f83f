// Logs held against a policy or a ruleset: what would it have blocked?
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "egressc/explain.h"
#include "egressc/flow_space.h"
#include "egressc/learn.h"

namespace egressc {

// What judges. `least` is what surely passes, `most` what possibly does, and flows outside of `universe` are not spoken
// of.
struct ReplayJudge {
  FlowSpace least;
  FlowSpace most;
  FlowSpace universe;
  bool by_gid = false;                                                           // groups matter
  std::function<std::string(std::uint32_t uid, std::uint32_t gid)> subject;      // its label, or ""
  std::function<std::string(const AttemptSeen&, const FlowPoint&, Ruling)> why;  // a flow that is not surely allowed
};

// One destination of one subject. Addresses of one name that fare alike are one row.
struct ReplayRow {
  Ruling ruling = Ruling::denied;
  AttemptSeen attempt;             // its counts and times are those of the whole row
  std::vector<Address> addresses;  // ascending
  std::string subject;
  std::string destination;  // names, or the address
  std::string why;
};

struct Replay {
  std::vector<ReplayRow> rows;  // denied, undecided, allowed; in each by ids, protocol and port, destination
  AttemptList rest;             // what was counted, and is in no row
};

Replay replay(AttemptList list, const ReplayJudge& judge);

// `verbose` lists what is allowed, too.
std::string replay_text(const Replay& replay, bool verbose, bool color);
std::string replay_json(const Replay& replay);

}  // namespace egressc
