module rig.drydock/standin

go 1.22
