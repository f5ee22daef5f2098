// Words that the sections of the settings share.

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

export const day = (datetime: string): string => DAY.format(new Date(datetime))
