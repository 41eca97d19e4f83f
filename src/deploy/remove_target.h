// What there is when there is no table inet egressc.
#pragma once

#include "deploy/change.h"

namespace egressc {

// Deletes the table, if there is one; everything passes then.
Target remove_target();

}  // namespace egressc
