/** POSIX message queues: linux/mqueue.h, and the limits of mq_overview(7). */

/** Priorities are below it. */
export const MQ_PRIO_MAX = 32_768;
export const MQ_ATTR_SIZE = 64;
/** What is sent to the socket of SIGEV_THREAD; its last byte says what has happened. */
export const NOTIFY_COOKIE_LEN = 32;
export const NOTIFY_WOKENUP = 1;
export const NOTIFY_REMOVED = 2;

export const DFLT_QUEUESMAX = 256;
export const DFLT_MSGMAX = 10;
export const DFLT_MSGSIZEMAX = 8192;
/** What root may ask for. */
export const HARD_MSGMAX = 65_536;
export const HARD_MSGSIZEMAX = 16 * 1024 * 1024;

/** Bytes that the kernel counts for each message beside its text: `struct msg_msg` and `struct posix_msg_tree_node`. */
export const MESSAGE_OVERHEAD = 48 + 48;
