// A cold start: where nothing has tracked connections yet, each one looks new to the first rule that asks.
#pragma once

#include <variant>

#include "commands/change_options.h"
#include "commands/change_site.h"
#include "egressc/kernel.h"
#include "egressc/result.h"

namespace egressc {

// Where there is no table yet, loads one that asks for the state of connections and denies nothing. Where nothing has
// tracked them, waits then, so that those that live have been seen before the first rule that denies. SIGINT, SIGTERM and SIGHUP end it: a Failure, with the
// table taken out again.
Result<std::monostate> warm_up(Kernel& kernel, Site& site, const ChangeOptions& options);

// Takes out what warm_up() loaded, if it is still there.
void cool_down(Kernel& kernel, const ChangeOptions& options);

}  // namespace egressc
