// New rules in force: beside the old ones and then switched to, or in place of the whole table.
#pragma once

#include <string>
#include <string_view>

#include "deploy/change.h"
#include "deploy/change_plan.h"

namespace egressc {

// Whether the target is loaded beside what runs at the site.
bool is_beside(const Target& target, const Site& site);

// What the kernel tries: all transactions of the change as one, with the live elements of a table that goes.
std::string tried_text(const Target& target, const Site& site);

// What commit_rules() commits first of the new rules, as far as can be told; "" where it cannot.
std::string expected_text(const Target& target, const Site& site, const ChangeOptions& options);

// What the kernel says against `text`, at places of the policy.
Diagnostics blamed(const Diagnostics& refusal, const Target& target, const Plan& plan, std::string_view text);

// Commits, and again where only elements came and went. site.table.generation is then what the last transaction was
// built on. A refusal is blamed on the policy. `link` as in Kernel::commit().
Result<Change> commit_rules(Kernel& kernel, Site& site, const Target& target, const Plan& plan, LiveMarkers& markers,
                            const ChangeOptions& options, int link);

// "the ruleset was changed meanwhile by nft (pid 812)".
std::string who_changed_it(const Site& site);

}  // namespace egressc
