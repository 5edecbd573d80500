// The codes of what the command line itself objects to.

export type CliErrorCode =
  | 'USAGE' // flags or arguments
  | 'CONFIG_INVALID' // doorlab.yaml or a DOORLAB_* variable
  | 'FILE_MISSING' // a file named by the user
  | 'FILE_UNREADABLE' // it is there, and can't be read or is not what it should be
  | 'INPUT_NEEDED' // a question that may not or can't be asked
  | 'LOCK_NOT_STARTED' // it has power, and its firmware does not come up
  | 'IMPORT_STOPPED' // the cloud gave up, or somebody cancelled it
  | 'COMMAND_TIMEOUT' // the command's own deadline
  | 'INTERRUPTED'; // a signal
