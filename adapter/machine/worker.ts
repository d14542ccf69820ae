/** Where the machine's thread starts in source form. */

import { serve } from './thread.ts';

serve();
