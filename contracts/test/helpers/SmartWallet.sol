// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @dev A contract wallet as people use them, for the tests of whole nodes: all of its signers sign, and the wallet's
/// signature is theirs one after the other, so longer than a key's. Its signers may be others tomorrow.
contract SmartWallet is IERC1271 {
    uint256 private constant SIGNATURE = 65;
    address[] private _signers;

    error NotASigner(address who);

    modifier bySigner() {
        require(msg.sender == _signers[0], NotASigner(msg.sender));
        _;
    }

    constructor(address[] memory signers) {
        _signers = signers;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (signature.length != SIGNATURE * _signers.length) return bytes4(0);
        for (uint256 i = 0; i < _signers.length; i++) {
            (address who, ECDSA.RecoverError fault,) = ECDSA.tryRecover(hash, signature[i * SIGNATURE:(i + 1) * SIGNATURE]);
            if (fault != ECDSA.RecoverError.NoError || who != _signers[i]) return bytes4(0);
        }
        return IERC1271.isValidSignature.selector;
    }

    /// @dev Its own transaction, without anybody's help.
    function execute(address to, bytes calldata data) external bySigner {
        (bool ok, bytes memory reason) = to.call(data);
        if (ok) return;
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }

    function replaceSigners(address[] calldata signers) external bySigner {
        _signers = signers;
    }
}

/// @dev Deploys wallets at places that are known before (ERC-6492's factory).
contract SmartWalletFactory {
    function deploy(address[] calldata signers, bytes32 salt) external returns (SmartWallet) {
        return new SmartWallet{salt: salt}(signers);
    }

    function placeOf(address[] calldata signers, bytes32 salt) external view returns (address) {
        bytes32 code = keccak256(abi.encodePacked(type(SmartWallet).creationCode, abi.encode(signers)));
        return address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), address(this), salt, code)))));
    }
}
