// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1056} from "../../src/IERC1056.sol";
import {IIdentityRegistry} from "../../src/IIdentityRegistry.sol";
import {SignedOperations} from "../helpers/SignedOperations.sol";

/// @dev The stories of lost wallets and stolen keys. Carol is Alice's recovery address.
contract RecoveryTest is SignedOperations {
    function setUp() public override {
        super.setUp();
        addLaptop();
        setCarol();
    }

    // ---------------------------------------------------------------------------------------------- set

    function test_firstRecoveryAddressIsSetAtOnce() public {
        address dave = makeAddr("dave");
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.RecoveryChanged(dave, carol);
        vm.prank(dave);
        registry.setRecovery(dave, carol);
        assertEq(registry.recoveryOf(dave), carol);
    }

    function test_recoveryAddressesThatCannotBe() public {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidRecovery.selector, alice));
        registry.setRecovery(alice, alice);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidRecovery.selector, carol));
        registry.setRecovery(alice, carol);
        vm.stopPrank();
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidRecovery.selector, address(0)));
        registry.setRecovery(bob, address(0));
    }

    // ---------------------------------------------------------------------------------------------- the wallet is lost

    function test_takeover() public {
        uint64 readyAt = uint64(block.timestamp) + delay;
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.RecoveryStarted(alice, bob, readyAt, true);
        vm.prank(carol);
        registry.startRecovery(alice, bob);
        (address newOwner, uint64 due) = registry.pendingRecovery(alice);
        assertEq(newOwner, bob);
        assertEq(due, readyAt);

        pass(delay);
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.RecoveryFinished(alice, bob);
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.RecoveryChanged(alice, address(0));
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.EpochStarted(alice, 1, bob);
        vm.expectEmit(address(registry));
        emit IERC1056.DIDOwnerChanged(alice, bob, 1000);
        vm.prank(mallory); // anybody may: it does what Carol said
        registry.finishRecovery(alice);

        assertEq(registry.identityOwner(alice), bob);
        assertEq(registry.recoveryOf(alice), address(0));
        assertEq(endOf(LAPTOP), block.timestamp);
        (newOwner,) = registry.pendingRecovery(alice);
        assertEq(newOwner, address(0));
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.NothingPending.selector, alice));
        registry.finishRecovery(alice);
    }

    function testFuzz_takeoverWaits(uint64 wait) public {
        wait = uint64(bound(wait, 0, delay - 1));
        uint64 readyAt = uint64(block.timestamp) + delay;
        vm.prank(carol);
        registry.startRecovery(alice, bob);
        pass(wait);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.TooEarly.selector, readyAt));
        registry.finishRecovery(alice);
    }

    function test_takeoversThatCannotBe() public {
        vm.startPrank(carol);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidOwner.selector, address(0)));
        registry.startRecovery(alice, address(0));
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidOwner.selector, alice));
        registry.startRecovery(alice, alice);
        registry.startRecovery(alice, bob);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.RecoveryPending.selector, alice));
        registry.startRecovery(alice, carol);
    }

    function test_nothingToFinishOrCancel() public {
        vm.startPrank(alice);
        bytes memory nothing = abi.encodeWithSelector(IIdentityRegistry.NothingPending.selector, alice);
        vm.expectRevert(nothing);
        registry.finishRecovery(alice);
        vm.expectRevert(nothing);
        registry.cancelRecovery(alice);
        vm.expectRevert(nothing);
        registry.finishChange(alice);
        vm.expectRevert(nothing);
        registry.cancelChange(alice);
    }

    // ------------------------------------------------------------------------------------- the recovery key is stolen

    function test_ownerCancelsATakeover() public {
        vm.prank(carol);
        registry.startRecovery(alice, mallory);
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.RecoveryCancelled(alice, mallory, alice);
        vm.prank(alice);
        registry.cancelRecovery(alice);
        assertEq(registry.ownerCancels(alice), 1);
        pass(delay);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.NothingPending.selector, alice));
        registry.finishRecovery(alice);
        assertTrue(alive(LAPTOP));
    }

    /// @dev Due is not done: until somebody finishes it, it can still be cancelled.
    function test_dueTakeoverCanBeCancelled() public {
        vm.prank(carol);
        registry.startRecovery(alice, mallory);
        pass(10 * delay);
        vm.prank(alice);
        registry.cancelRecovery(alice);
        assertEq(registry.identityOwner(alice), alice);
    }

    /// @dev The owner replaces a stolen recovery address if its thief sleeps for three days.
    function test_ownerReplacesRecovery() public {
        address dave = makeAddr("dave");
        vm.prank(alice);
        registry.setRecovery(alice, dave);
        pass(delay - 1);
        vm.prank(carol);
        registry.startRecovery(alice, mallory);
        pass(1);
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.RecoveryChanged(alice, dave);
        registry.finishChange(alice);

        assertEq(registry.recoveryOf(alice), dave);
        pass(delay);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.NothingPending.selector, alice));
        registry.finishRecovery(alice); // Carol's takeover went with her
        assertTrue(alive(LAPTOP), "a change of recovery starts no epoch");
    }

    function test_ownerRemovesRecovery() public {
        vm.prank(alice);
        registry.setRecovery(alice, address(0));
        pass(delay);
        registry.finishChange(alice);
        assertEq(registry.recoveryOf(alice), address(0));
        vm.prank(alice);
        registry.changeOwner(alice, bob);
        assertEq(registry.identityOwner(alice), bob, "no recovery, no wait");
    }

    /// @dev What a recovery address signed before it was replaced is void, even if it comes back.
    function test_replacedRecoverySignaturesAreVoid() public {
        bytes memory data = signed(Op.StartRecovery, alice, carolKey, 0, block.timestamp + 1000 days);
        vm.prank(alice);
        registry.setRecovery(alice, address(0));
        pass(delay);
        registry.finishChange(alice);
        setCarol();
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidNonce.selector, alice, 1));
        relay(data);
    }

    // ---------------------------------------------------------------------------------------- the owner key is stolen

    function test_thiefCannotChangeOwnerRecoveryOrEndAtOnce() public {
        vm.startPrank(alice); // the thief holds Alice's key
        registry.changeOwner(alice, mallory);
        assertEq(registry.identityOwner(alice), alice);
        registry.setRecovery(alice, mallory);
        assertEq(registry.recoveryOf(alice), carol);
        registry.deactivate(alice);
        assertFalse(registry.isDeactivated(alice));
        vm.stopPrank();
    }

    function testFuzz_recoveryCancelsTheOwnersChange(uint8 which) public {
        IIdentityRegistry.ChangeKind kind = startChange(which);
        pass(delay - 1);
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.ChangeCancelled(alice, kind, carol);
        vm.prank(carol);
        registry.cancelChange(alice);
        pass(delay);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.NothingPending.selector, alice));
        registry.finishChange(alice);
    }

    function testFuzz_ownersChangeTakesEffectAfterTheDelay(uint8 which) public {
        IIdentityRegistry.ChangeKind kind = startChange(which);
        uint64 readyAt = uint64(block.timestamp) + delay;
        pass(delay - 1);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.TooEarly.selector, readyAt));
        registry.finishChange(alice);
        pass(1);
        registry.finishChange(alice);
        assertEq(registry.identityOwner(alice) == bob, kind == IIdentityRegistry.ChangeKind.Owner);
        assertEq(registry.recoveryOf(alice) == bob, kind == IIdentityRegistry.ChangeKind.Recovery);
        assertEq(registry.isDeactivated(alice), kind == IIdentityRegistry.ChangeKind.Deactivation);
    }

    function startChange(uint8 which) private returns (IIdentityRegistry.ChangeKind kind) {
        kind = IIdentityRegistry.ChangeKind(1 + which % 3);
        address target = kind == IIdentityRegistry.ChangeKind.Deactivation ? address(0) : bob;
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.ChangeStarted(alice, kind, target, uint64(block.timestamp) + delay);
        vm.startPrank(alice);
        if (kind == IIdentityRegistry.ChangeKind.Owner) registry.changeOwner(alice, bob);
        else if (kind == IIdentityRegistry.ChangeKind.Recovery) registry.setRecovery(alice, bob);
        else registry.deactivate(alice);
        vm.stopPrank();
    }

    function test_laterChangeReplacesEarlier() public {
        vm.startPrank(alice);
        registry.changeOwner(alice, mallory);
        pass(delay - 1);
        registry.changeOwner(alice, bob);
        vm.stopPrank();
        pass(1);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.TooEarly.selector, uint64(block.timestamp) - 1 + delay));
        registry.finishChange(alice);
        pass(delay);
        registry.finishChange(alice);
        assertEq(registry.identityOwner(alice), bob);
    }

    function test_ownerCancelsOwnChange() public {
        vm.startPrank(alice);
        registry.changeOwner(alice, bob);
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.ChangeCancelled(alice, IIdentityRegistry.ChangeKind.Owner, alice);
        registry.cancelChange(alice);
        (IIdentityRegistry.ChangeKind kind,,) = registry.pendingChange(alice);
        assertTrue(kind == IIdentityRegistry.ChangeKind.None);
    }

    /// @dev The long fight: a thief with the owner key cancels whatever Carol starts and starts what she cancels. On
    /// the third takeover the thief can cancel no more, and three days later the identity is Bob's, thief's keys ended.
    function test_recoveryWinsTheLongFight() public {
        for (uint256 round = 0; round < registry.MAX_OWNER_CANCELS(); round++) {
            vm.prank(carol);
            registry.startRecovery(alice, bob);
            vm.prank(alice);
            registry.changeOwner(alice, mallory);
            pass(delay - 1);
            vm.prank(alice);
            registry.cancelRecovery(alice);
            vm.prank(carol);
            registry.cancelChange(alice);
        }
        vm.expectEmit(address(registry));
        emit IIdentityRegistry.RecoveryStarted(alice, bob, uint64(block.timestamp) + delay, false);
        vm.prank(carol);
        registry.startRecovery(alice, bob);

        vm.startPrank(alice);
        registry.changeOwner(alice, mallory); // due later than the takeover
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.CancelsUsedUp.selector, alice));
        registry.cancelRecovery(alice);
        registry.addKey(alice, PHONE, device, inAYear());
        vm.stopPrank();

        pass(delay);
        registry.finishRecovery(alice);
        assertEq(registry.identityOwner(alice), bob);
        assertFalse(alive(PHONE));
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.NothingPending.selector, alice));
        registry.finishChange(alice);
    }

    function test_recoveryCanAlwaysWithdrawItsOwn() public {
        for (uint256 i = 0; i < 5; i++) {
            vm.startPrank(carol);
            registry.startRecovery(alice, bob);
            vm.expectEmit(address(registry));
            emit IIdentityRegistry.RecoveryCancelled(alice, bob, carol);
            registry.cancelRecovery(alice);
            vm.stopPrank();
        }
        assertEq(registry.ownerCancels(alice), 0, "only the owner's cancellations count");
    }

    function test_newRecoveryAddressMeetsAFreshOwner() public {
        vm.prank(carol);
        registry.startRecovery(alice, bob);
        vm.startPrank(alice);
        registry.cancelRecovery(alice);
        registry.setRecovery(alice, makeAddr("dave"));
        pass(delay);
        registry.finishChange(alice);
        assertEq(registry.ownerCancels(alice), 0);
    }

    function test_deactivationEndsRecovery() public {
        vm.prank(alice);
        registry.deactivate(alice);
        pass(delay);
        registry.finishChange(alice);
        assertEq(registry.recoveryOf(alice), address(0));
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.NotRecovery.selector, alice, carol));
        vm.prank(carol);
        registry.startRecovery(alice, bob);
    }

    // ---------------------------------------------------------------------------------------------- by signature

    function test_eitherSideCancelsByItsOwnNonce() public {
        vm.prank(carol);
        registry.startRecovery(alice, bob);
        bytes memory type_ = "CancelRecovery(address identity,address signer,uint256 nonce,uint256 deadline)";
        bytes32 h = keccak256(abi.encode(keccak256(type_), alice, alice, 0, T0));
        registry.cancelRecoveryWithSig(alice, alice, 0, T0, sign(aliceKey, h));
        assertEq(registry.nonce(alice), 1);
        assertEq(registry.recoveryNonce(alice), 0);

        vm.prank(alice);
        registry.changeOwner(alice, bob);
        type_ = "CancelChange(address identity,address signer,uint256 nonce,uint256 deadline)";
        h = keccak256(abi.encode(keccak256(type_), alice, carol, 0, T0));
        registry.cancelChangeWithSig(alice, carol, 0, T0, sign(carolKey, h));
        assertEq(registry.nonce(alice), 1);
        assertEq(registry.recoveryNonce(alice), 1);
    }

    function test_nobodyElseCancels() public {
        vm.prank(alice);
        registry.changeOwner(alice, bob);
        bytes memory type_ = "CancelChange(address identity,address signer,uint256 nonce,uint256 deadline)";
        bytes32 h = keccak256(abi.encode(keccak256(type_), alice, mallory, 0, T0));
        bytes memory signature = sign(malloryKey, h);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.NotOwnerOrRecovery.selector, alice, mallory));
        registry.cancelChangeWithSig(alice, mallory, 0, T0, signature);
    }
}
