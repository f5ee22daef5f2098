// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1056} from "../../src/IERC1056.sol";
import {IIdentityRegistry} from "../../src/IIdentityRegistry.sol";
import {IdentityFixture} from "../helpers/IdentityFixture.sol";

/// @dev Owner, epochs and deactivation while no recovery address is set; who may call what.
contract OwnershipTest is IdentityFixture {
    function testFuzz_identityOwnsItself(address identity) public view {
        assertEq(registry.identityOwner(identity), identity);
        assertEq(registry.epoch(identity), 0);
        (address owner, uint64 since) = registry.epochAt(identity, 0);
        assertEq(owner, identity);
        assertEq(since, 0);
    }

    function test_changeOwner() public {
        addLaptop();
        uint256 added = block.number;
        pass(1 days);
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.EpochStarted(alice, 1, bob);
        vm.expectEmit(address(registry));
        emit IERC1056.DIDOwnerChanged(alice, bob, added);
        vm.prank(alice);
        registry.changeOwner(alice, bob);

        assertEq(registry.identityOwner(alice), bob);
        assertEq(registry.epoch(alice), 1);
        (address owner, uint64 since) = registry.epochAt(alice, 1);
        assertEq(owner, bob);
        assertEq(since, block.timestamp);
        assertEq(registry.epochEndedAt(alice, 0), block.timestamp);
        assertEq(registry.epochEndedAt(alice, 1), 0);
        assertEq(registry.epochEndedAt(alice, type(uint32).max), 0);
        assertEq(endOf(LAPTOP), block.timestamp);
    }

    function test_formerOwnerIsNobody() public {
        vm.startPrank(alice);
        registry.changeOwner(alice, bob);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.NotOwner.selector, alice, alice));
        registry.addKey(alice, LAPTOP, device, inAYear());
    }

    function test_identityCanComeHome() public {
        vm.prank(alice);
        registry.changeOwner(alice, bob);
        vm.prank(bob);
        registry.changeOwner(alice, alice);
        assertEq(registry.identityOwner(alice), alice);
        assertEq(registry.epoch(alice), 2);
    }

    function test_ownersThatCannotBe() public {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidOwner.selector, address(0)));
        registry.changeOwner(alice, address(0));
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidOwner.selector, alice));
        registry.changeOwner(alice, alice);
    }

    function test_deactivate() public {
        addLaptop();
        pass(1 days);
        vm.startPrank(alice);
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.EpochStarted(alice, 1, address(0));
        vm.expectEmit(address(registry));
        emit IERC1056.DIDOwnerChanged(alice, address(0), 1000);
        registry.deactivate(alice);

        assertTrue(registry.isDeactivated(alice));
        assertEq(registry.identityOwner(alice), address(0));
        assertEq(endOf(LAPTOP), block.timestamp);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.NotOwner.selector, alice, alice));
        registry.changeOwner(alice, bob);
    }

    /// @dev Every function that needs authority, called by somebody who has none.
    function testFuzz_strangersChangeNothing(address stranger, uint8 which) public {
        vm.assume(stranger != alice && stranger != carol && stranger != address(0));
        addLaptop();
        setCarol();
        vm.prank(carol);
        registry.startRecovery(alice, bob);
        vm.prank(alice);
        registry.changeOwner(alice, bob);
        bytes32 before = fingerprint(alice);

        bytes[] memory calls = everyDirectCall();
        vm.prank(stranger);
        (bool ok,) = address(registry).call(calls[which % calls.length]);
        assertFalse(ok);
        assertEq(fingerprint(alice), before);
    }

    /// @dev The recovery address has the powers of recovery and no others.
    function test_recoveryIsNotOwner() public {
        addLaptop();
        setCarol();
        bytes[] memory calls = everyDirectCall();
        for (uint256 i = 0; i < 14; i++) {
            vm.prank(carol);
            (bool ok,) = address(registry).call(calls[i]);
            assertFalse(ok);
        }
    }

    function everyDirectCall() private view returns (bytes[] memory calls) {
        calls = new bytes[](18);
        calls[0] = abi.encodeCall(registry.addKey, (alice, PHONE, device, inAYear()));
        calls[1] = abi.encodeCall(registry.renewKey, (alice, LAPTOP, inAYear() + 1));
        calls[2] = abi.encodeCall(registry.revokeKey, (alice, LAPTOP));
        calls[3] = abi.encodeCall(registry.revokeKeyFrom, (alice, LAPTOP, 7, 0));
        calls[4] = abi.encodeCall(registry.revokeAllKeys, (alice));
        calls[5] = abi.encodeCall(registry.setHome, (alice, 9));
        calls[6] = abi.encodeCall(registry.enrol, (alice, PHONE, device, inAYear(), 0, 0, 9));
        calls[7] = abi.encodeCall(registry.skipNonce, (alice));
        calls[8] = abi.encodeCall(registry.changeOwner, (alice, mallory));
        calls[9] = abi.encodeCall(registry.setRecovery, (alice, mallory));
        calls[10] = abi.encodeCall(registry.deactivate, (alice));
        calls[11] = abi.encodeCall(registry.setAttribute, (alice, "x", "y", 1));
        calls[12] = abi.encodeCall(registry.revokeAttribute, (alice, "x", "y"));
        calls[13] = abi.encodeCall(registry.addDelegate, (alice, "x", mallory, 1));
        calls[14] = abi.encodeCall(registry.revokeDelegate, (alice, "x", mallory));
        calls[15] = abi.encodeCall(registry.startRecovery, (alice, mallory));
        calls[16] = abi.encodeCall(registry.cancelRecovery, (alice));
        calls[17] = abi.encodeCall(registry.cancelChange, (alice));
    }
}
