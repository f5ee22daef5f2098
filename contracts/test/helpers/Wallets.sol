// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @dev A contract wallet that accepts one password of any length as signature of anything.
contract PasswordWallet is IERC1271 {
    bytes32 private immutable _password;

    constructor(bytes memory password) {
        _password = keccak256(password);
    }

    function isValidSignature(bytes32, bytes calldata signature) external view returns (bytes4) {
        return keccak256(signature) == _password ? IERC1271.isValidSignature.selector : bytes4(0);
    }

    function execute(address to, bytes calldata data) external {
        (bool ok,) = to.call(data);
        require(ok, "call failed");
    }
}

/// @dev A contract wallet that burns all the gas it is given when asked.
contract BurningWallet is IERC1271 {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        assembly ("memory-safe") {
            invalid()
        }
    }
}

/// @dev A contract wallet that accepts anything, for some 700,000 gas (of memory, which costs the tests no time).
contract DearWallet is IERC1271 {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        assembly {
            mstore(570000, 1)
        }
        return IERC1271.isValidSignature.selector;
    }
}

/// @dev A contract wallet that refuses at great length.
contract LoudWallet is IERC1271 {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        assembly {
            revert(0, 100000)
        }
    }
}

/// @dev A contract that answers true (1) instead of the magic value.
contract WronglyAgreeingWallet {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bool) {
        return true;
    }
}
