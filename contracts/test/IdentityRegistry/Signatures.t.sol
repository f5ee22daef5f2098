// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../src/IIdentityRegistry.sol";
import {IdentityRegistry} from "../../src/IdentityRegistry.sol";
import {SignedOperations} from "../helpers/SignedOperations.sol";
import {LoudWallet, PasswordWallet, WronglyAgreeingWallet} from "../helpers/Wallets.sol";

/// @dev What holds of every operation by signature.
contract SignaturesTest is SignedOperations {
    function test_everyOperationTakesEffectOnce() public {
        for (uint256 i = 0; i < OPS; i++) {
            Op op = Op(i);
            uint256 snapshot = vm.snapshotState();
            prepare(op, alice);
            bytes32 before = fingerprint(alice);
            uint256 nonce = nonceOf(op, alice);
            bytes memory data = signed(op, alice, signerKey(op));
            relay(data);
            assertNotEq(fingerprint(alice), before, nameOf(op));
            assertEq(nonceOf(op, alice), nonceAfter(op, nonce), nameOf(op));

            bytes32 afterwards = fingerprint(alice);
            (bool again,) = address(registry).call(data);
            assertFalse(again, string.concat("replayed ", nameOf(op)));
            assertEq(fingerprint(alice), afterwards, nameOf(op));
            vm.revertToState(snapshot);
        }
    }

    /// @dev An operation that starts a new epoch voids whatever else was signed, too.
    function nonceAfter(Op op, uint256 nonce) private pure returns (uint256) {
        bool newEpoch = op == Op.RevokeAllKeys || op == Op.ChangeOwner || op == Op.Deactivate;
        return nonce + (newEpoch ? 2 : 1);
    }

    function testFuzz_onlyTheSignersSignature(uint8 which, uint256 key) public {
        Op op = Op(which % OPS);
        key = bound(key, 1, type(uint128).max);
        vm.assume(vm.addr(key) != signerOf(op));
        prepare(op, alice);
        bytes memory data = signed(op, alice, key);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidSignature.selector, alice, signerOf(op)));
        relay(data);
    }

    function testFuzz_notOnAnotherChain(uint8 which, uint64 chain) public {
        Op op = Op(which % OPS);
        chain = uint64(bound(chain, 1, type(uint64).max));
        vm.assume(chain != block.chainid);
        prepare(op, alice);
        bytes memory data = signed(op, alice, signerKey(op));
        vm.chainId(chain);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidSignature.selector, alice, signerOf(op)));
        relay(data);
    }

    function testFuzz_notInAnotherRegistry(uint8 which) public {
        Op op = Op(which % OPS);
        prepare(op, alice);
        bytes memory data = signed(op, alice, signerKey(op));
        registry = new IdentityRegistry();
        prepare(op, alice);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidSignature.selector, alice, signerOf(op)));
        relay(data);
    }

    /// @dev Alice owns two identities: what she signs for one is nothing for the other.
    function testFuzz_notForAnotherIdentity(uint8 which) public {
        Op op = Op(which % OPS);
        address other = makeAddr("alice's second identity");
        vm.prank(other);
        registry.changeOwner(other, alice);
        prepare(op, other);
        prepare(op, alice);
        (uint256 nonce, uint256 deadline) = (nonceOf(op, other), block.timestamp + 1);
        bytes memory signature = sign(signerKey(op), structHash(op, alice, nonce, deadline));
        bytes memory data = call(op, other, nonce, deadline, signature);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidSignature.selector, other, signerOf(op)));
        relay(data);
    }

    function testFuzz_notAfterTheDeadline(uint8 which, uint64 late) public {
        Op op = Op(which % OPS);
        late = uint64(bound(late, 1, 1000 days));
        prepare(op, alice);
        uint256 deadline = block.timestamp;
        bytes memory data = signed(op, alice, signerKey(op), nonceOf(op, alice), deadline);
        vm.warp(block.timestamp + late);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.DeadlinePassed.selector, deadline));
        relay(data);
    }

    function testFuzz_notWithAnotherNonce(uint8 which, uint256 nonce) public {
        Op op = Op(which % OPS);
        prepare(op, alice);
        uint256 expected = nonceOf(op, alice);
        vm.assume(nonce != expected);
        bytes memory data = signed(op, alice, signerKey(op), nonce, block.timestamp);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidNonce.selector, alice, expected));
        relay(data);
    }

    /// @dev A relayer that changes any one byte of what it carries gets nowhere.
    function testFuzz_notAlteredOnTheWay(uint8 which, uint256 position, uint8 flip) public {
        Op op = Op(which % OPS);
        prepare(op, alice);
        bytes memory data = signed(op, alice, signerKey(op));
        // The last word holds one byte of the signature and 31 of padding, which mean nothing.
        position = bound(position, 4, data.length - 32);
        vm.assume(flip != 0 && !isPaddingOfValue(op, position));
        data[position] ^= bytes1(flip);
        bytes32 before = fingerprint(alice);
        (bool ok,) = address(registry).call(data);
        assertFalse(ok, nameOf(op));
        assertEq(fingerprint(alice), before);
    }

    /// @dev VALUE has 25 bytes: 7 more fill its word, at a place that depends on the number of arguments.
    function isPaddingOfValue(Op op, uint256 position) private pure returns (bool) {
        uint256 head = op == Op.SetAttribute ? 7 : op == Op.RevokeAttribute ? 6 : 0;
        if (head == 0) return false;
        uint256 value = 4 + 32 * head + 32;
        return position >= value + VALUE.length && position < value + 32;
    }

    function test_ownerChangeVoidsWhatTheOwnerSigned() public {
        bytes memory data = signed(Op.AddKey, alice, aliceKey);
        vm.prank(alice);
        registry.changeOwner(alice, bob);
        vm.prank(bob);
        registry.changeOwner(alice, alice);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidNonce.selector, alice, 2));
        relay(data);
    }

    function test_skipNonceVoidsWhatTheOwnerSigned() public {
        bytes memory data = signed(Op.AddKey, alice, aliceKey);
        vm.prank(alice);
        registry.skipNonce(alice);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidNonce.selector, alice, 1));
        relay(data);
    }

    function test_deactivatedIdentityTakesNoSignature() public {
        vm.prank(alice);
        registry.deactivate(alice);
        bytes memory data = signed(Op.AddKey, alice, aliceKey);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.Deactivated.selector, alice));
        relay(data);
    }

    function test_recoverySignatureNeedsARecoveryAddress() public {
        bytes memory data = signed(Op.StartRecovery, alice, carolKey);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.NotRecovery.selector, alice, address(0)));
        relay(data);
    }

    /// @dev High-s twins of a signature are no second signature.
    function test_malleableSignatureRefused() public {
        bytes32 h = structHash(Op.SkipNonce, alice, 0, T0);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(aliceKey, digestOf(h));
        uint256 n = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        bytes memory twin = abi.encodePacked(r, n - uint256(s), v == 27 ? uint8(28) : uint8(27));
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidSignature.selector, alice, alice));
        registry.skipNonceWithSig(alice, 0, T0, twin);
    }

    // ------------------------------------------------------------------------------------------ contract wallets

    function testFuzz_contractWalletWithSignatureOfAnyLength(bytes calldata password) public {
        address wallet = address(new PasswordWallet(password));
        registry.addKeyWithSig(wallet, LAPTOP, device, inAYear(), 0, T0, password);
        assertEq(registry.keyState(wallet, LAPTOP).addedAt, T0);

        bytes memory wrong = bytes.concat(password, "x");
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidSignature.selector, wallet, wallet));
        registry.addKeyWithSig(wallet, PHONE, device, inAYear(), 1, T0, wrong);
    }

    function test_contractWalletAsRecovery() public {
        address wallet = address(new PasswordWallet("three friends"));
        vm.prank(alice);
        registry.setRecovery(alice, wallet);
        registry.startRecoveryWithSig(alice, bob, 0, T0, "three friends");
        pass(delay);
        registry.finishRecovery(alice);
        assertEq(registry.identityOwner(alice), bob);
    }

    /// @dev EIP-7702: an account that has both code and key may use either.
    function test_accountWithCodeMaySignWithItsKey() public {
        bytes memory data = signed(Op.SkipNonce, alice, aliceKey);
        vm.etch(alice, address(new PasswordWallet("secret")).code);
        relay(data);
        registry.skipNonceWithSig(alice, 1, T0, "secret");
        assertEq(registry.nonce(alice), 2);
    }

    function test_walletsThatDontAnswerProperly() public {
        address[3] memory wallets =
            [address(new LoudWallet()), address(new WronglyAgreeingWallet()), address(registry)];
        for (uint256 i = 0; i < wallets.length; i++) {
            vm.expectRevert(
                abi.encodeWithSelector(IIdentityRegistry.InvalidSignature.selector, wallets[i], wallets[i])
            );
            registry.skipNonceWithSig(wallets[i], 0, T0, "");
        }
    }

    /// @dev Precompiles return data when called, but nobody holds them.
    function testFuzz_precompilesOwnNothing(uint8 which, bytes calldata signature) public {
        address precompile = address(uint160(bound(which, 1, 10)));
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidSignature.selector, precompile, precompile));
        registry.skipNonceWithSig(precompile, 0, T0, signature);
    }

    function test_domain() public view {
        (bytes1 fields, string memory name, string memory version, uint256 chain, address place, bytes32 salt,) =
            registry.eip712Domain();
        assertEq(fields, bytes1(0x0f));
        assertEq(name, "MetaNet Identity");
        assertEq(version, "1");
        assertEq(chain, block.chainid);
        assertEq(place, address(registry));
        assertEq(salt, 0);
    }
}
