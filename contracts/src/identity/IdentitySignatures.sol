// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IdentityState} from "./IdentityState.sol";

/// @title EIP-712: the domain, the nonces, and whose signature it is
/// @dev OpenZeppelin's `EIP712` keeps the domain separator in immutables, which puts the chain id into the runtime
/// code. We compute it (some 300 gas), so that the code is the same, byte for byte, on every chain and can be checked
/// by one hash.
abstract contract IdentitySignatures is IdentityState, IERC5267 {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    string private constant NAME = "MetaNet Identity";
    string private constant VERSION = "1";

    /// @inheritdoc IERC5267
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        return (hex"0f", NAME, VERSION, block.chainid, address(this), 0, new uint256[](0));
    }

    /// @dev The signature must be the owner's, over the owner's next nonce, which it uses up.
    function _useOwnerSignature(
        address identity,
        bytes32 structHash,
        uint256 nonce_,
        uint256 deadline,
        bytes calldata signature
    ) internal {
        Account storage a = _accounts[identity];
        if (a.deactivated) revert Deactivated(identity);
        uint48 expected = a.nonce;
        if (nonce_ != expected) revert InvalidNonce(identity, expected);
        a.nonce = expected + 1;
        _checkSignature(identity, identityOwner(identity), structHash, deadline, signature);
    }

    /// @dev The same for the recovery address, whose nonces are its own, so that neither side can spoil what the
    /// other has signed by using up a number.
    function _useRecoverySignature(
        address identity,
        bytes32 structHash,
        uint256 nonce_,
        uint256 deadline,
        bytes calldata signature
    ) internal {
        address recovery = _accounts[identity].recovery;
        if (recovery == address(0)) revert NotRecovery(identity, address(0));
        Takeover storage t = _takeovers[identity];
        uint48 expected = t.nonce;
        if (nonce_ != expected) revert InvalidNonce(identity, expected);
        t.nonce = expected + 1;
        _checkSignature(identity, recovery, structHash, deadline, signature);
    }

    /// @dev Key first, then ERC-1271: an account that has both (EIP-7702) can use either, and a contract's signature
    /// may have any length.
    function _checkSignature(
        address identity,
        address signer,
        bytes32 structHash,
        uint256 deadline,
        bytes calldata signature
    ) private view {
        if (block.timestamp > deadline) revert DeadlinePassed(deadline);
        bytes32 digest = MessageHashUtils.toTypedDataHash(_domainSeparator(), structHash);
        (address recovered, ECDSA.RecoverError err,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (err == ECDSA.RecoverError.NoError && recovered == signer) return;
        // Only code can answer: a precompile has none, but returns data.
        if (signer.code.length == 0 || !SignatureChecker.isValidERC1271SignatureNowCalldata(signer, digest, signature))
        {
            revert InvalidSignature(identity, signer);
        }
    }

    function _domainSeparator() private view returns (bytes32) {
        return keccak256(
            abi.encode(
                DOMAIN_TYPEHASH, keccak256(bytes(NAME)), keccak256(bytes(VERSION)), block.chainid, address(this)
            )
        );
    }
}
