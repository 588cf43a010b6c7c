// The real one asks for lwIP, which the `linux` target leaves out; there is no mesh here.
#pragma once
