require("../src/lib");
