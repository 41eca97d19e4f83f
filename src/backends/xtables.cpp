#include "backends/xtables.h"

#include "egressc/diagnostics.h"
#include "model/words/words.h"

namespace egressc::backends {
namespace {

Rule to_deny() {
  Rule rule;
  rule.target = Target::go;
  rule.chain = deny_chain;
  return rule;
}

Rule pass_state(State state, Target pass) {
  Rule rule;
  rule.state = state;
  rule.target = pass;
  return rule;
}

// xt_owner compares one range of uids and one of gids.
void add_dispatch(std::vector<Rule>& rules, const std::vector<IdRange>& ids, std::optional<IdRange> Rule::*owner,
                  std::string_view chain, std::string_view label) {
  for (const IdRange& range : ids) {
    Rule& rule = rules.emplace_back();
    rule.*owner = range;
    rule.comment = safe_text(label);
    rule.target = Target::go;
    rule.chain = chain_name(chain);
  }
}

void add_group_dispatch(std::vector<Rule>& rules, const UidGroup& group) {
  if (!group.uids.empty()) {
    const bool by_gid = !group.chain.empty();
    add_dispatch(rules, group.uids, &Rule::uid, by_gid ? group.chain : group.subjects.front().chain,
                 by_gid ? "" : group.subjects.front().label);
    return;
  }
  for (const SubjectRules& subject : group.subjects)
    add_dispatch(rules, subject.gids, &Rule::gid, subject.chain, subject.label);
}

Chain make_out(const Ruleset& ruleset, Family family, Target pass) {
  const bool keeps = ruleset.established == Established::keep;
  Chain chain{out_chain, {}};
  chain.rules.push_back(pass_state(keeps ? State::established : State::replies, pass));
  add_link_rules(chain.rules, ruleset, family, pass);
  for (const UidGroup& group : ruleset.groups) add_group_dispatch(chain.rules, group);
  if (ruleset.scope != Scope::host) return chain;

  if (has(ruleset, Baseline::loopback)) {
    Rule& rule = chain.rules.emplace_back();
    rule.to_loopback = true;
    rule.target = pass;
  }
  Rule& owned = chain.rules.emplace_back(to_deny());
  owned.uid = every_id;  // unlike --socket-exists it does not match the sockets of the kernel
  // Packets that have lost their owner: what was queued when a socket was closed, resets, acknowledgements.
  if (!keeps) chain.rules.push_back(pass_state(State::established, pass));
  if (has(ruleset, Baseline::icmp_errors)) add_icmp_errors(chain.rules, family, pass);
  chain.rules.push_back(to_deny());
  return chain;
}

Chain make_deny(const Ruleset& ruleset) {
  Chain chain{deny_chain, {}};
  if (auto log = deny_log(ruleset)) {
    Rule& rule = chain.rules.emplace_back();
    rule.log = log;
    rule.target = Target::log;
  }
  if (ruleset.mode == Mode::monitor) {
    chain.rules.emplace_back().target = Target::leave;
  } else if (ruleset.deny == Deny::drop) {
    chain.rules.emplace_back().target = Target::drop;
  } else {
    Rule& tcp = chain.rules.emplace_back();
    tcp.protocol = Protocol::tcp;
    tcp.target = Target::reset;
    chain.rules.emplace_back().target = Target::prohibit;
  }
  return chain;
}

Chain make_group(const UidGroup& group) {
  Chain chain{chain_name(group.chain), {}};
  for (const SubjectRules& subject : group.subjects)
    add_dispatch(chain.rules, subject.gids, &Rule::gid, subject.chain, subject.label);
  chain.rules.push_back(to_deny());
  return chain;
}

}  // namespace

Filter filter(const Ruleset& ruleset, Family family) {
  // An ACCEPT would hide the rules of the host that come later; only where OUTPUT is ours and denies is there a need.
  const bool owns = ruleset.scope == Scope::host && ruleset.mode == Mode::enforce;
  const Target pass = owns ? Target::accept : Target::leave;
  Filter result;
  result.family = family;
  if (ruleset.scope == Scope::host) result.output_policy = owns ? Target::drop : Target::accept;
  result.chains.push_back(make_out(ruleset, family, pass));
  for (const UidGroup& group : ruleset.groups) {
    if (!group.chain.empty()) result.chains.push_back(make_group(group));
    for (const SubjectRules& subject : group.subjects) result.chains.push_back(subject_chain(subject, family, pass));
  }
  result.chains.push_back(make_deny(ruleset));
  return result;
}

}  // namespace egressc::backends
