// Connections that are open when the rules change: those that may go on have to be known before, and those that may not
// are ended.
#pragma once

#include "cli/options.h"
#include "deploy/plan.h"
#include "deploy/site.h"
#include "egressc/flow_space.h"
#include "egressc/policy.h"
#include "kernel/kernel.h"
#include "model/values/nft_table.h"

namespace egressc::deploy {

// Whether rules of the listing make the kernel track connections, over both families: those that have begun before that
// are NEW to the first rule that asks. In doubt it is no.
bool tracks_connections(const Listing& listing);

// A cold start: where nothing has tracked connections yet, each one looks new to the first rule that asks. Whether
// connections that live have to be seen before the first rule that denies.
bool has_to_wait(const Site& site, const ChangeOptions& options);

// A table that asks for the state of connections, and denies nothing.
NftChange warm_up_table();

// Takes it out, if it is still there.
void cool_down(Kernel& kernel, const ChangeOptions& options);

// Ends what is open beyond `granted`, if the policy, which is in force, has `established: cut`. Rules alone do not: of
// a connection that was open before anything tracked it, the first packet that is seen may be one from the other end,
// and what follows is then taken for answers. Says how many, and what could not be ended.
void cut_connections(Kernel& kernel, const NetworkNamespace& network, const Policy& policy, const FlowSpace& granted,
                     const ChangeOptions& options);

}  // namespace egressc::deploy
