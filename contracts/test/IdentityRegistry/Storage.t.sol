// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../src/IIdentityRegistry.sol";
import {IdentityFixture} from "../helpers/IdentityFixture.sol";

/// @dev Where storage proofs find the facts. A change here breaks every prover: see contracts/README.md, "Storage".
contract StorageTest is IdentityFixture {
    function slot(uint256 position, address identity) private pure returns (bytes32) {
        return keccak256(abi.encode(identity, position));
    }

    function slot(uint256 position, address identity, bytes32 key) private pure returns (bytes32) {
        return keccak256(abi.encode(key, slot(position, identity)));
    }

    function field(bytes32 place, uint256 offset, uint256 size) private view returns (uint256) {
        return uint256(vm.load(address(registry), place)) >> (offset * 8) & (1 << size * 8) - 1;
    }

    function test_account() public {
        addLaptop();
        vm.startPrank(alice);
        registry.changeOwner(alice, bob);
        vm.startPrank(bob);
        registry.setRecovery(alice, carol);
        registry.setHome(alice, 7);
        registry.setHome(alice, 8);
        vm.startPrank(carol);
        registry.startRecovery(alice, mallory);
        vm.startPrank(bob);
        registry.cancelRecovery(alice);

        bytes32 a = slot(0, alice);
        assertEq(field(a, 0, 20), uint160(bob), "owner");
        assertEq(field(a, 20, 6), block.number, "changed");
        assertEq(field(a, 26, 6), 1, "nonce");
        bytes32 b = bytes32(uint256(a) + 1);
        assertEq(field(b, 0, 20), uint160(carol), "recovery");
        assertEq(field(b, 20, 4), 1, "epoch");
        assertEq(field(b, 24, 4), 2, "home epoch");
        assertEq(field(b, 28, 1), 1, "owner's cancellations");
        assertEq(field(b, 29, 1), 0, "deactivated");
    }

    function test_deactivated() public {
        vm.prank(alice);
        registry.deactivate(alice);
        assertEq(field(bytes32(uint256(slot(0, alice)) + 1), 29, 1), 1);
    }

    function test_key() public {
        vm.startPrank(alice);
        registry.revokeAllKeys(alice);
        registry.setHome(alice, 7);
        registry.addKey(alice, HOSTED_KEY, hosted, inAYear());
        pass(5);
        registry.revokeKeyFrom(alice, HOSTED_KEY, 7, 1234);

        bytes32 k = slot(1, alice, HOSTED_KEY);
        assertEq(field(k, 0, 8), T0 + YEAR, "expiry");
        assertEq(field(k, 8, 6), T0, "addedAt");
        assertEq(field(k, 14, 6), T0 + 5, "revokedAt");
        assertEq(field(k, 20, 4), 1, "epoch");
        assertEq(field(k, 24, 4), 1, "home epoch");
        assertEq(field(k, 28, 1), hosted, "purpose");
        bytes32 c = slot(4, alice, HOSTED_KEY);
        assertEq(field(c, 0, 16), 7, "cut-off server");
        assertEq(field(c, 16, 8), 1234, "cut-off size");
        assertEq(field(c, 24, 8), T0 + 5, "cut off at");
    }

    function test_epochAndHome() public {
        vm.startPrank(alice);
        registry.setHome(alice, 7);
        registry.changeOwner(alice, bob);
        bytes32 e = slot(2, alice, bytes32(uint256(1)));
        assertEq(field(e, 0, 20), uint160(bob));
        assertEq(field(e, 20, 8), T0);
        bytes32 h = slot(3, alice, bytes32(uint256(1)));
        assertEq(field(h, 0, 16), 7);
        assertEq(field(h, 16, 8), T0);
    }

    function test_pending() public {
        setCarol();
        vm.prank(alice);
        registry.changeOwner(alice, bob);
        vm.prank(carol);
        registry.startRecovery(alice, mallory);
        bytes32 c = slot(5, alice);
        assertEq(field(c, 0, 20), uint160(bob));
        assertEq(field(c, 20, 8), T0 + delay);
        assertEq(field(c, 28, 1), uint256(IIdentityRegistry.ChangeKind.Owner));
        bytes32 t = slot(6, alice);
        assertEq(field(t, 0, 20), uint160(mallory));
        assertEq(field(t, 20, 6), T0 + delay);
        assertEq(field(t, 26, 6), 0);
    }
}
